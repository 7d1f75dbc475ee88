// The other half of the pages, and how soon a verdict is there.
import { test } from "node:test";

import { look, painted } from "./accessibility.mjs";

const skip = !"/v/{code}".includes(process.env.PAGES ?? "");

look(false);
test("a verdict is painted soon after somebody asks for it", { skip }, painted);
