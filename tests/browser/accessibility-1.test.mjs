// One half of the pages, and that none is forgotten.
import { test } from "node:test";

import { complete, look } from "./accessibility.mjs";

test("every page of the service is looked at, by everybody who may see it", complete);
look(true);
