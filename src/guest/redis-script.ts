// What Redis does for one request: budget, misses, canary and alarm in one script, so in one step over any number of
// gates. The same rules as guest/accounts and guest/alarm-window; test/system/redis-contract.test.ts holds both to them.
// Knows keys and members, not whom they stand for.
import { createHash } from 'node:crypto'

/** Redis's own clock, in milliseconds, because those of the gates differ. */
export const redisClock = `local clock = redis.call('TIME')
local time = clock[1] * 1000 + math.floor(clock[2] / 1000)`

// Redis looks whether it is full at the first command that writes, and only there: so none is called in vain.
// A key is a sorted set: 16 bytes for each person, by the time at which it was asked for last, below zero for a person
// without a photo. The members `now` (the newest time) and `spent` stand above all of them.
/**
 * Keys: the client's, if ARGV[4] is not empty, and the rule's, if ARGV[7] is not empty. Arguments: the person, 1 if it is
 * missing, 1 if it is a canary, the budget's people, misses and window, the alarm's people and window.
 * Its reply: a sum of `replies`.
 */
export const script = `${redisClock}
local mark = 1e15
local function fence(key, per)
  local now = math.max(time, tonumber(redis.call('ZSCORE', key, 'now') or mark) - mark)
  if redis.call('ZCOUNT', key, per - now, now - per) > 0 then
    redis.call('ZREMRANGEBYSCORE', key, per - now, now - per)
  end
  return now
end
local function people(key)
  return redis.call('ZCOUNT', key, -mark / 2, mark / 2)
end
local function age(key, member, now)
  local at = redis.call('ZSCORE', key, member)
  return at and now - (tonumber(at) - mark)
end
local function put(key, per, now, score, member)
  redis.call('ZADD', key, score, member, mark + now, 'now')
  redis.call('PEXPIRE', key, per)
end

local person, missing, canary = ARGV[1], ARGV[2] == '1', ARGV[3] == '1'
local reply = 0

if ARGV[4] ~= '' then
  local key, limit, misses, per = KEYS[1], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
  local now = fence(key, per)
  local spent = age(key, 'spent', now)
  if spent and spent >= per then
    redis.call('ZREM', key, 'spent')
    spent = false
  end
  if canary or not redis.call('ZSCORE', key, person) then
    if spent or people(key) >= limit then
      reply = 1
    elseif canary or (missing and redis.call('ZCOUNT', key, -mark / 2, '(0') >= misses) then
      put(key, per, now, mark + now, 'spent')
      reply = 5
    end
  end
  if reply == 0 then put(key, per, now, missing and -now or now, person) end
end

if ARGV[7] ~= '' then
  local key, limit, per = KEYS[#KEYS], tonumber(ARGV[7]), tonumber(ARGV[8])
  local now = fence(key, per)
  put(key, per, now, now, person)
  local extra = people(key) - limit
  if extra > 0 then
    if extra > 1 then redis.call('ZREMRANGEBYRANK', key, 0, extra - 2) end
    local raised = age(key, 'raised', now)
    if not raised or raised >= per then
      redis.call('ZADD', key, mark + now, 'raised')
      reply = reply + 2
    end
  end
end
return reply`

/** Key: the client's. Its reply: 1 if there was one. By a command that the other script uses too, for the sake of ACLs. */
export const forgetScript = `return math.min(1, redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1))`

export const scriptHash = createHash('sha1').update(script).digest('hex')

/**
 * Every command that the script may run, on a key of its own: a replica, a full server, a server that loads and a user
 * who lacks a right refuse it now, and not an hour later.
 */
export const trial = `local key = KEYS[1]
redis.call('TIME')
redis.call('ZADD', key, 1, 'a', 2, 'b', 3, 'c')
redis.call('PEXPIRE', key, 1000)
redis.call('ZSCORE', key, 'a')
redis.call('ZCOUNT', key, 1, 1)
redis.call('ZREM', key, 'a')
redis.call('ZREMRANGEBYSCORE', key, 2, 2)
redis.call('ZREMRANGEBYRANK', key, 0, 0)`

/** `spent`: this request has spent the whole budget. Comes with `over`. */
export const replies = { over: 1, alarm: 2, spent: 4 } as const

export const maxReply = replies.over + replies.alarm + replies.spent
