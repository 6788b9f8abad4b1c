-- What wrk asks the services: wrk ... -s requests.lua ADDRESS -- KIND USERS FILMS SEED
-- Every thread draws from its own sequence of random numbers. The last line of the output is one JSON object.

local GENRES = { "Drama", "Comedy", "Thriller", "Horror", "Western", "Film-Noir" }
-- As people type: parts of titles, without accents, with mistakes.
local SEARCHES = { "godfather", "godfahter", "amelie", "senora", "rings", "silent+river", "sumer+promise", "golden", "or" }
local JSON = { ["content-type"] = "application/json" }

local threads = 0

function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

local users, films
local kinds = {}
local ask

local function user()
    return math.random(users)
end

function kinds.reco()
    return wrk.format("GET", "/reco/" .. user() .. "?n=10")
end

function kinds.explain()
    return wrk.format("GET", "/reco/" .. user() .. "?n=10&explain=true")
end

function kinds.genre()
    return wrk.format("GET", "/reco/" .. user() .. "?n=10&genre=" .. GENRES[math.random(#GENRES)])
end

function kinds.score()
    return wrk.format("GET", "/score/" .. user() .. "/" .. math.random(films))
end

function kinds.search()
    return wrk.format("GET", "/movies?q=" .. SEARCHES[math.random(#SEARCHES)])
end

-- Twenty different films with any number of stars.
function kinds.fold_in()
    local ratings, seen = {}, {}
    while #ratings < 20 do
        local film = math.random(films)
        if not seen[film] then
            seen[film] = true
            ratings[#ratings + 1] = string.format('{"movie_id":%d,"rating":%.1f}', film, math.random(10) / 2)
        end
    end
    return wrk.format("POST", "/reco/fold-in", JSON, '{"n":10,"ratings":[' .. table.concat(ratings, ",") .. "]}")
end

-- Every user once, in order, to fill a cache; further rounds do no harm.
local last = 0
function kinds.everybody()
    last = last % users + 1
    return wrk.format("GET", "/reco/" .. last .. "?n=10")
end

function init(args)
    users, films = tonumber(args[2]), tonumber(args[3])
    math.randomseed(tonumber(args[4]) * 1000 + number)
    -- The threads begin at different users.
    last = number * math.floor(users / 2)
    ask = kinds[args[1]]
end

function request()
    return ask()
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '\n{"requests":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"longest":%.3f,"refused":%d,"broken":%d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        latency.max / 1e3, errors.status, errors.connect + errors.read + errors.write + errors.timeout
    ))
end
