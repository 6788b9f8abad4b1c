<#
.SYNOPSIS
    Starts Cinelake with Docker on Windows.
.DESCRIPTION
    Checks that Docker answers and starts the container stack of docker-compose.yml beside this file. Without that
    file the stack is not part of this version: use ./init.sh --local in WSL.
    .\init.ps1           start     .\init.ps1 status   show     .\init.ps1 down   stop, the data stays
    DATASET chooses the source as for init.sh.
#>
param(
    [ValidateSet('up', 'status', 'down')]
    [string] $Action = 'up'
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

function Stop-WithError([string] $Message) {
    [Console]::Error.WriteLine("error: $Message")
    exit 1
}

if (-not (Get-Command docker -ErrorAction SilentlyContinue)) {
    Stop-WithError 'docker is not installed: get Docker Desktop from https://docs.docker.com/desktop/'
}

# What docker writes to standard error is no reason to stop here: its exit code is.
$ErrorActionPreference = 'Continue'
docker info *> $null
if ($LASTEXITCODE -ne 0) {
    Stop-WithError 'the Docker daemon does not answer: start Docker Desktop and wait until it is ready'
}

$compose = Join-Path $PSScriptRoot 'docker-compose.yml'
if (-not (Test-Path $compose)) {
    Stop-WithError 'the container stack (docker-compose.yml) is not part of this version: run ./init.sh --local in WSL'
}

switch ($Action) {
    'up' { docker compose --file $compose up --detach --build --wait }
    'status' { docker compose --file $compose ps }
    'down' { docker compose --file $compose down }
}
exit $LASTEXITCODE
