-- The writes of ops/bench quorum, for wrk. Arguments after --: kind (put, etcd), token, bytes of a value.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "result.lua")

local kind, token, size = nil, nil, 0
local count, thread = 0, tostring({}):match("0x(%x+)")
local filler = {}

function init(arguments)
    kind, token, size = arguments[1], arguments[2], tonumber(arguments[3])
    -- etcd refuses a token while its authentication is off.
    if kind == "put" then
        wrk.headers["Authorization"] = "Bearer " .. token
    end
    math.randomseed(tonumber(thread, 16) % 2147483647)
    -- Pieces of noise to compose values of: every value is new, and none compresses to nothing.
    for piece = 1, 256 do
        local bytes = {}
        for position = 1, 64 do
            bytes[position] = string.char(math.random(33, 126))
        end
        filler[piece] = table.concat(bytes):gsub('[\\"]', "_")
    end
end

local function value(length)
    local parts = { string.format("%s/%d/", thread, count) }
    for _ = 1, math.ceil(length / 64) do
        parts[#parts + 1] = filler[math.random(256)]
    end
    return table.concat(parts):sub(1, length)
end

function request()
    count = count + 1
    local key = math.random(0, 9999)
    if kind == "etcd" then
        -- Keys and values are base64 in etcd's gateway: the value is sent as base64 text that decodes to `size` bytes.
        local text = value(math.floor(size / 3) * 4):gsub("[^%w+/]", "x")
        return wrk.format("POST", "/v3/kv/put", nil, string.format('{"key":"%08d","value":"%s"}', key, text))
    end
    return wrk.format("PUT", "/v1/content/workspace/bench/w" .. key, nil, value(size))
end
