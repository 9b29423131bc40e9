-- The requests of ops/bench api, for wrk. Arguments after --: kind (list, status, export, import, static), token.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "result.lua")

local kind, token, count = nil, nil, 0
local body = nil

function init(arguments)
    kind, token = arguments[1], arguments[2]
    wrk.headers["Authorization"] = "Bearer " .. token
    wrk.headers["Content-Type"] = "application/json"
    body = arguments[3]
    math.randomseed(tonumber(tostring({}):match("0x(%x+)"), 16) % 2147483647)
end

function request()
    if kind == "static" then
        return wrk.format("GET", "/notebook")
    elseif kind == "list" then
        return wrk.format("GET", "/api/2.0/workspace/list?path=/Shared/bench")
    elseif kind == "status" then
        return wrk.format("GET", "/api/2.0/workspace/get-status?path=/Shared/bench/n" .. math.random(0, 999))
    elseif kind == "export" then
        return wrk.format("GET", "/api/2.0/workspace/export?direct_download=true&path=/Shared/bench/n" .. math.random(0, 999))
    end
    count = count + 1
    -- Content that no notebook had before: a store that knows it already would have nothing to write.
    local text = string.format('{"path":"/Shared/imports/n%d","overwrite":true,"language":"PYTHON","content":"%08d%08d%s"}',
        math.random(0, 9999), count, math.random(0, 99999999), body)
    return wrk.format("POST", "/api/2.0/workspace/import", nil, text)
end
