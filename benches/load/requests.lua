-- What wrk asks: the lines of the file LOAD_REQUESTS in turn, each `METHOD PATH BODY`, with the token LOAD_TOKEN if there is one.
local lines = {}
for line in io.lines(os.getenv("LOAD_REQUESTS")) do
  lines[#lines + 1] = line
end
local headers = { ["Content-Type"] = "application/json" }
if os.getenv("LOAD_TOKEN") then
  headers["Authorization"] = "Bearer " .. os.getenv("LOAD_TOKEN")
end

local at = 0
request = function()
  at = at % #lines + 1
  local method, path, body = lines[at]:match("^(%S+) (%S+) ?(.*)$")
  return wrk.format(method, path, headers, body ~= "" and body or nil)
end
