-- wrk's side: sends requests at random from the file that BENCH_REQUESTS names, whole heads one after
-- the other (with BENCH_DELAY_MS in their order, and each connection resting so long between them), and ends
-- with one line of JSON. Looks at no answer: that would make wrk the slower one.
local heads = {}
local people = tonumber(os.getenv("BENCH_PEOPLE"))

local next_person = 0
function setup(thread)
  thread:set("person", next_person)
  next_person = next_person + 1
end

function init()
  local file = assert(io.open(os.getenv("BENCH_REQUESTS"), "rb"))
  local at = 0
  for head in file:read("*a"):gmatch("(.-\r\n\r\n)") do
    if at % people == person then heads[#heads + 1] = head end
    at = at + 1
  end
  file:close()
  math.randomseed(1 + person)
end

local delay_ms = tonumber(os.getenv("BENCH_DELAY_MS"))
local next_head = 0

function request()
  if not delay_ms then return heads[math.random(#heads)] end
  next_head = next_head % #heads + 1
  return heads[next_head]
end

if delay_ms then
  function delay()
    return math.random(0, 2 * delay_ms) -- So that connections do not ask in step.
  end
end

function done(summary, latency)
  local errors = summary.errors
  local kinds = {}
  for _, kind in ipairs({ "connect", "read", "write", "timeout", "status" }) do
    if errors[kind] > 0 then kinds[#kinds + 1] = errors[kind] .. " " .. kind end
  end
  io.write(string.format(
    '{"requests":%d,"seconds":%.6f,"bytes":%d,"p50Ms":%.4f,"p99Ms":%.4f,"errors":"%s"}\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, table.concat(kinds, ", ")))
end
