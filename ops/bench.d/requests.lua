-- The requests of ops/bench http, for wrk. Arguments after --: kind (lookup, namespace, content, static), token, file with one path a line.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "result.lua")

local kind, token, paths, count = nil, nil, {}, 0

local function escaped(text)
    return (text:gsub('[%c"\\]', function(c) return string.format("\\u%04x", c:byte()) end))
end

local function encoded(text)
    return (text:gsub("[^%w%-%._~/]", function(c) return string.format("%%%02X", c:byte()) end))
end

function init(arguments)
    kind, token = arguments[1], arguments[2]
    for line in io.lines(arguments[3]) do
        count = count + 1
        paths[count] = line
    end
    wrk.headers["Authorization"] = "Bearer " .. token
    wrk.headers["Content-Type"] = "application/json"
    math.randomseed(1)
end

function request()
    if kind == "static" then
        return wrk.format("GET", "/answer")
    end
    local path = paths[math.random(count)]
    if kind == "content" then
        return wrk.format("GET", "/v1/content" .. encoded(path))
    end
    if kind == "namespace" then
        return wrk.format("GET", "/v1/namespace" .. encoded(path))
    end
    local literal = path:gsub("'", "''")
    local sql = "SELECT content, size FROM entries WHERE path = '" .. literal .. "'"
    return wrk.format("POST", "/v1/catalog/query", nil, '{"sql":"' .. escaped(sql) .. '"}')
end
