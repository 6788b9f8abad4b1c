<#
.SYNOPSIS
    Sets Cinelake up in containers on Windows, runs the pipeline once and leaves the services running.
.DESCRIPTION
    .\init.ps1                   builds and starts everything, runs the pipeline and follows it
    .\init.ps1 status            shows every service; fails when one is down
    .\init.ps1 down              stops what was started; the data stay
    .\init.ps1 down -Volumes     also removes the data; asks first (in scripts: -Yes)

    Settings and random passwords are written to .env once; .env.example explains each. What the environment has when
    .env is created (DATASET, API_PORT, ...) is written into it. DATASET is the data set: ml-latest-small (default),
    ml-latest, ml-25m, ml-32m, the URL of a MovieLens zip, or sample[:SIZE] (generated, needs no network).
    Needs Docker Desktop with Compose 2.23 or later, and Windows PowerShell 5.1 or PowerShell 7.
#>
param(
    [ValidateSet('up', 'status', 'down')]
    [string] $Action = 'up',
    [switch] $Volumes,
    [switch] $Yes
)

Set-StrictMode -Version Latest
# What docker writes to standard error is no reason to stop: its exit code is.
$ErrorActionPreference = 'Continue'

$EnvFile = Join-Path $PSScriptRoot '.env'
$EnvExample = Join-Path $PSScriptRoot '.env.example'
$Project = 'cinelake'
$OneShot = @('migrate', 'airflow-init')
$VolumeNames = @('cinelake_lake', 'cinelake_postgres', 'cinelake_airflow_logs',
    'cinelake_prometheus', 'cinelake_alertmanager', 'cinelake_grafana', 'cinelake_pushgateway')

function Stop-WithError([string] $Message) {
    [Console]::Error.WriteLine("error: $Message")
    exit 1
}

# --- Settings ---------------------------------------------------------------------------------------------------------

function New-RandomBytes([int] $Count) {
    $bytes = New-Object byte[] $Count
    $generator = [System.Security.Cryptography.RandomNumberGenerator]::Create()
    $generator.GetBytes($bytes)
    $generator.Dispose()
    # The comma keeps it one array.
    return , $bytes
}

function New-Hex([int] $Count) {
    return [BitConverter]::ToString((New-RandomBytes $Count)).Replace('-', '').ToLowerInvariant()
}

# A new secret for the variable, or nothing when it is no secret. Hex needs no quoting in an address.
function New-Secret([string] $Name) {
    if ($Name -like '*FERNET_KEY') {
        return [Convert]::ToBase64String((New-RandomBytes 32)).Replace('+', '-').Replace('/', '_')
    }
    # Airflow wants at least 64 bytes here.
    if ($Name -eq 'AIRFLOW_JWT_SECRET') { return New-Hex 64 }
    if ($Name -match '(_SECRET|_SECRET_KEY)$') { return New-Hex 32 }
    if ($Name -like '*_PASSWORD') { return New-Hex 24 }
    return ''
}

# The line of .env.example with the caller's value, a new secret or the default.
function Get-Assignment([string] $Line) {
    $name, $default = $Line -split '=', 2
    $given = [Environment]::GetEnvironmentVariable($name)
    if ($given) {
        if ($given -match "['\r\n]") { Stop-WithError "$name has a quote or a line break: write it into .env by hand" }
        return "$name='$given'"
    }
    if ($default -eq '') { return "$name=$(New-Secret $name)" }
    return $Line
}

# Without a byte order mark, which compose would take for part of the first name.
function Write-Text([string] $Path, [string[]] $Lines) {
    $encoding = New-Object System.Text.UTF8Encoding $false
    [System.IO.File]::WriteAllText($Path, (($Lines -join "`n") + "`n"), $encoding)
}

# For this user alone, as far as the file system knows rights.
function Protect-File([string] $Path) {
    $user = [System.Security.Principal.WindowsIdentity]::GetCurrent().Name
    icacls $Path /inheritance:r /grant:r "${user}:(R,W,D)" *> $null
    if ($LASTEXITCODE -ne 0) { Write-Host "notice: the rights of $Path could not be restricted, and it holds passwords" }
}

# Written once, completed after an update, never overwritten.
function Write-EnvFile {
    if (-not (Test-Path $EnvExample)) { Stop-WithError "$EnvExample is missing: restore it (git checkout .env.example)" }
    $example = @(Get-Content -Encoding UTF8 $EnvExample)
    if (-not (Test-Path $EnvFile)) {
        $new = "$EnvFile.new"
        $lines = foreach ($line in $example) {
            if ($line -cmatch '^[A-Z][A-Z0-9_]*=') { Get-Assignment $line } else { $line }
        }
        Write-Text $new @($lines)
        Protect-File $new
        Move-Item $new $EnvFile
        Write-Host "notice: $EnvFile has the settings and new random passwords; keep it, the databases are made with them"
        return
    }
    $present = @(Get-Content -Encoding UTF8 $EnvFile)
    $names = @($present | Where-Object { $_ -cmatch '^[A-Z][A-Z0-9_]*=' } | ForEach-Object { ($_ -split '=', 2)[0] })
    $missing = @($example | Where-Object { $_ -cmatch '^[A-Z][A-Z0-9_]*=' } |
            Where-Object { $names -cnotcontains ($_ -split '=', 2)[0] })
    if ($missing.Count -eq 0) { return }
    $added = @($missing | ForEach-Object { Get-Assignment $_ })
    Write-Text $EnvFile ($present + $added)
    $addedNames = @($missing | ForEach-Object { ($_ -split '=', 2)[0] })
    Write-Host "notice: added new settings to $EnvFile: $($addedNames -join ' ')"
}

# From the environment, else from .env: the order that compose has.
function Get-Setting([string] $Name) {
    $given = [Environment]::GetEnvironmentVariable($Name)
    if ($null -ne $given) { return $given }
    if (-not (Test-Path $EnvFile)) { return '' }
    $line = @(Get-Content -Encoding UTF8 $EnvFile | Where-Object { $_ -clike "$Name=*" }) | Select-Object -Last 1
    if (-not $line) { return '' }
    return ($line -split '=', 2)[1].Trim().Trim("'").Trim('"')
}

# --- Prerequisites ----------------------------------------------------------------------------------------------------

function Test-Docker {
    if (-not (Get-Command docker -ErrorAction SilentlyContinue)) {
        Stop-WithError 'docker is not installed: get Docker Desktop from https://docs.docker.com/desktop/'
    }
    docker version --format '{{.Server.Version}}' *> $null
    if ($LASTEXITCODE -ne 0) {
        Stop-WithError 'the Docker daemon does not answer: start Docker Desktop and wait until it is ready'
    }
    $version = [string] (docker compose version --short 2> $null)
    $numbers = [regex]::Match($version, '(\d+)\.(\d+)')
    if ($LASTEXITCODE -ne 0 -or -not $numbers.Success) {
        Stop-WithError 'Docker Compose is not installed: update Docker Desktop'
    }
    if ([version] $numbers.Value -lt [version] '2.23') {
        Stop-WithError "docker compose is version $version, and the stack needs 2.23 or later: update Docker Desktop"
    }
    docker buildx version *> $null
    if ($LASTEXITCODE -ne 0) { Stop-WithError "Docker's buildx (BuildKit) is missing: update Docker Desktop" }
}

function Test-Port([string] $Service, [string] $Variable) {
    $value = Get-Setting $Variable
    $port = 0
    if (-not [int]::TryParse($value, [ref] $port) -or $port -lt 1 -or $port -gt 65535) {
        Stop-WithError "$Variable=$value is not a port number"
    }
    $client = New-Object System.Net.Sockets.TcpClient
    $taken = $true
    try { $client.Connect('127.0.0.1', $port) } catch { $taken = $false } finally { $client.Close() }
    if (-not $taken) { return }
    $ours = docker ps -q --filter "label=com.docker.compose.project=$Project" --filter "publish=$port"
    if (-not $ours) {
        Stop-WithError "port $port, wanted for $Service, is taken by another program: stop that, or set $Variable in $EnvFile to another port"
    }
}

function Test-Profile([string] $Name) { return ((Get-Setting 'COMPOSE_PROFILES') -split ',') -contains $Name }
function Test-Monitoring { return Test-Profile 'monitoring' }

function Test-Ports {
    Test-Port 'api' 'API_PORT'
    Test-Port 'airflow' 'AIRFLOW_PORT'
    Test-Port 'postgres' 'POSTGRES_PORT'
    if (Test-Profile 'alerting') { Test-Port 'alertmanager' 'ALERTMANAGER_PORT' }
    if (-not (Test-Monitoring)) { return }
    Test-Port 'prometheus' 'PROMETHEUS_PORT'
    Test-Port 'pushgateway' 'PUSHGATEWAY_PORT'
    Test-Port 'grafana' 'GRAFANA_PORT'
}

# New passwords would not open the databases that an older .env made.
function Test-EnvFileBelongs {
    if (Test-Path $EnvFile) { return }
    docker volume inspect cinelake_postgres *> $null
    if ($LASTEXITCODE -eq 0) {
        Stop-WithError "the volume cinelake_postgres was made with a .env that is gone: put that back as $EnvFile, or remove all data with .\init.ps1 down -Volumes"
    }
}

# --- The stack --------------------------------------------------------------------------------------------------------

# Every container of the stack with its service and whether it is healthy, done, waiting or failed.
function Get-StackState {
    $format = '{{.Label "com.docker.compose.service"}}|{{.Names}}|{{.State}}|{{.Status}}'
    # Windows PowerShell drops quotes inside an argument unless they are escaped; PowerShell 7.3 passes them on.
    if ($PSVersionTable.PSVersion -lt [version] '7.3') { $format = $format.Replace('"', '\"') }
    foreach ($line in @(docker ps -a --filter "label=com.docker.compose.project=$Project" --format $format)) {
        $service, $name, $state, $status = $line -split '\|'
        $verdict = 'waiting'
        if ($status -like '*unhealthy*') { $verdict = 'failed' }
        elseif ($state -eq 'running' -and $status -like '*starting*') { $verdict = 'waiting' }
        elseif ($state -eq 'running' -and $OneShot -notcontains $service) { $verdict = 'healthy' }
        elseif ($state -eq 'exited' -and $status -like 'Exited (0)*' -and $OneShot -contains $service) { $verdict = 'done' }
        elseif ($state -eq 'exited' -or $state -eq 'dead' -or $state -eq 'restarting') { $verdict = 'failed' }
        New-Object psobject -Property @{ Service = $service; Name = $name; Status = $status; Verdict = $verdict }
    }
}

function Start-Stack {
    $profiles = @('--profile', 'tasks')
    foreach ($one in (Get-Setting 'COMPOSE_PROFILES') -split ',') { if ($one) { $profiles += @('--profile', $one) } }
    $env:DOCKER_BUILDKIT = '1'
    Write-Host 'Building the images'
    docker compose @profiles build
    if ($LASTEXITCODE -ne 0) { Stop-WithError 'the images could not be built: read the message above; base images and packages need the network' }
    Write-Host 'Starting the containers'
    docker compose up --detach --remove-orphans
    $code = $LASTEXITCODE
    $wanted = @(docker compose config --services)
    $deadline = (Get-Date).AddMinutes(10)
    $said = ''
    $failing = 0
    while ($code -eq 0) {
        $state = @(Get-StackState)
        $well = @($state | Where-Object { $_.Verdict -eq 'healthy' -or $_.Verdict -eq 'done' } | ForEach-Object { $_.Service })
        $waiting = @($wanted | Where-Object { $well -notcontains $_ })
        if ($waiting.Count -eq 0) { return }
        if (@($state | Where-Object { $_.Verdict -eq 'failed' }).Count -gt 0) { $failing++ } else { $failing = 0 }
        # One that restarts once may be well in a moment.
        if ($failing -ge 15 -or (Get-Date) -gt $deadline) { break }
        $line = "  waiting for: $($waiting -join ', ')"
        if ($line -ne $said) { Write-Host $line; $said = $line }
        Start-Sleep -Seconds 2
    }
    foreach ($one in @(Get-StackState | Where-Object { $_.Verdict -eq 'failed' -or $_.Verdict -eq 'waiting' })) {
        Write-Host "$($one.Service) is not healthy: $($one.Status)"
        docker logs --tail 10 $one.Name
        Write-Host "  log: docker logs $($one.Name)"
    }
    Stop-WithError 'the stack does not become healthy: fix what the logs above report, then run .\init.ps1 again'
}

# Follows the pipeline by the same program as init.sh, with the Python that is inside Airflow's container.
function Invoke-Pipeline([string[]] $Arguments) {
    $program = Get-Content -Raw -Encoding UTF8 (Join-Path $PSScriptRoot 'scripts/follow_run.py')
    # A JSON text is a Python text, too. The password goes by standard input, where no list of processes shows it.
    $password = ConvertTo-Json (Get-Setting 'AIRFLOW_ADMIN_PASSWORD')
    $script = "import os`nos.environ['AIRFLOW_ADMIN_PASSWORD'] = $password`n" + $program
    $OutputEncoding = New-Object System.Text.UTF8Encoding $false
    $script | docker compose exec -T airflow-api-server python - @Arguments | Out-Host
}

function Show-Addresses {
    $api = "http://127.0.0.1:$(Get-Setting 'API_PORT')"
    Write-Host ''
    Write-Host 'Cinelake is running.'
    Write-Host "  API         $api            (docs: $api/docs)"
    Write-Host "  Airflow     http://127.0.0.1:$(Get-Setting 'AIRFLOW_PORT')            (user admin, AIRFLOW_ADMIN_PASSWORD in $EnvFile)"
    Write-Host "  PostgreSQL  127.0.0.1:$(Get-Setting 'POSTGRES_PORT')                   (user cinelake, CINELAKE_DB_PASSWORD there)"
    if (Test-Monitoring) {
        Write-Host "  Grafana     http://127.0.0.1:$(Get-Setting 'GRAFANA_PORT')            (user admin, GRAFANA_ADMIN_PASSWORD there)"
        Write-Host "  Prometheus  http://127.0.0.1:$(Get-Setting 'PROMETHEUS_PORT')"
    }
    Write-Host ''
    Write-Host "Try:  Invoke-RestMethod '$api/reco/1?n=10'"
    Write-Host 'Then: python test-connections.py, .\init.ps1 status, .\init.ps1 down'
}

function Start-Cinelake {
    Test-EnvFileBelongs
    $dataset = Get-Setting 'DATASET'
    if ($dataset -and $dataset -notmatch '^(/lake/|sample|[a-z]+://)' -and (Test-Path -LiteralPath $dataset)) {
        Stop-WithError "DATASET=$dataset is a path of this machine, which the containers cannot see: give a URL, a known name or sample, or use ./init.sh in WSL"
    }
    Write-EnvFile
    Test-Ports
    # Nothing is built or started anew under a run that goes on: that would break it off.
    if (@(Get-StackState | Where-Object { $_.Service -eq 'airflow-api-server' -and $_.Verdict -eq 'healthy' }).Count -gt 0) {
        Invoke-Pipeline @('--only-active')
        if ($LASTEXITCODE -eq 0) { Show-Addresses; exit 0 }
        if ($LASTEXITCODE -ne 3) { exit $LASTEXITCODE }
    }
    Start-Stack
    Write-Host 'Running the pipeline'
    if ($dataset) { Invoke-Pipeline @('--dataset', $dataset) } else { Invoke-Pipeline @() }
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
    Show-Addresses
}

function Show-Status {
    $state = @(Get-StackState)
    foreach ($one in $state | Sort-Object Service) {
        Write-Host ('  {0,-24} {1,-10} {2}' -f $one.Service, $one.Verdict, $one.Status)
    }
    if ($state.Count -eq 0) { Write-Host '  nothing is running: .\init.ps1 starts it' }
    if ($state.Count -eq 0 -or @($state | Where-Object { $_.Verdict -eq 'failed' -or $_.Verdict -eq 'waiting' }).Count -gt 0) { exit 1 }
}

function Stop-Cinelake {
    $there = @(docker volume ls -q | Where-Object { $VolumeNames -contains $_ })
    if ($Volumes -and $there.Count -gt 0 -and -not $Yes) {
        Write-Host 'This removes permanently:'
        $there | ForEach-Object { Write-Host "  $_" }
        if ([Console]::IsInputRedirected) {
            Stop-WithError 'down -Volumes removes data, and there is no terminal to ask: add -Yes to confirm'
        }
        if ((Read-Host 'Type yes to continue') -cne 'yes') { Stop-WithError 'nothing was stopped, nothing was removed' }
    }
    # First who starts steps, then the steps, then the rest.
    foreach ($filters in @(@('label=com.docker.compose.service=airflow-scheduler', "label=com.docker.compose.project=$Project"),
            @('label=cinelake.step'), @("label=com.docker.compose.project=$Project"))) {
        $flags = @($filters | ForEach-Object { '--filter'; $_ })
        $found = @(docker ps -aq @flags)
        if ($found.Count -gt 0) {
            docker stop -t 30 @found | Out-Null
            docker rm -f @found | Out-Null
        }
    }
    $networks = @(docker network ls -q --filter "label=com.docker.compose.project=$Project")
    if ($networks.Count -gt 0) { docker network rm @networks | Out-Null }
    if ($Volumes -and $there.Count -gt 0) { docker volume rm @there }
}

if (($Volumes -or $Yes) -and $Action -ne 'down') { Stop-WithError '-Volumes and -Yes belong to down' }
Test-Docker
Push-Location $PSScriptRoot
try {
    switch ($Action) {
        'up' { Start-Cinelake }
        'status' { Show-Status }
        'down' { Stop-Cinelake }
    }
} finally {
    Pop-Location
}
