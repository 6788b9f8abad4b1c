# shellcheck shell=bash
# A HDFS on this machine, for the tests: a name node and two data nodes in one Java virtual machine, from Maven Central. It
# listens on free ports of 127.0.0.1 and asks nobody who they are.

# The jars; a folder for each set of them.
hdfs_jars() { echo "$LOCAL/hdfs/$(sha256 <"$ROOT/scripts/hdfs/pom.xml" | cut -c 1-16)"; }

# Why there can be none here; empty if there can.
hdfs_obstacle() {
    if ! command -v java >/dev/null; then
        echo "no java here: sudo apt-get install openjdk-17-jre-headless"
    elif ! [ -d "$(hdfs_jars)" ] && ! command -v mvn >/dev/null; then
        echo "no mvn here: sudo apt-get install maven"
    fi
}

install_hdfs() {
    local jars
    jars=$(hdfs_jars)
    [ ! -d "$jars" ] || return 0
    rm -rf "$jars.new"
    mvn -q -B -f "$ROOT/scripts/hdfs/pom.xml" dependency:copy-dependencies "-DoutputDirectory=$jars.new"
    # Whole, or not there.
    mv "$jars.new" "$jars"
}

# hdfs_command FOLDER: program and arguments, one a line. All that it keeps is in the folder.
hdfs_command() {
    printf '%s\n' java -Xmx512m -XX:+UseSerialGC \
        `# It does little but start.` \
        -XX:TieredStopAtLevel=1 -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote \
        "-Dtest.build.data=$1" "-Dhadoop.log.dir=$1" \
        -cp "$(hdfs_jars)/*" org.apache.hadoop.test.MiniDFSClusterManager -format -datanodes 2 \
        -writeDetails "$1/details.json"
}

# hdfs_address FOLDER: of the one that keeps its files there, once it is up.
hdfs_address() {
    local port
    port=$(sed -nE 's/.*"namenode_port": *([0-9]+).*/\1/p' "$1/details.json" 2>/dev/null) || return 1
    [ -n "$port" ] && echo "hdfs://127.0.0.1:$port"
}

# hdfs_dfsadmin FOLDER ARGUMENT... and hdfs_dfs FOLDER ARGUMENT...: as `hdfs dfsadmin` and `hdfs dfs`.
hdfs_dfsadmin() { hdfs_tool org.apache.hadoop.hdfs.tools.DFSAdmin "$@"; }
hdfs_dfs() { hdfs_tool org.apache.hadoop.fs.FsShell "$@"; }
hdfs_tool() { java -XX:TieredStopAtLevel=1 -cp "$ROOT/scripts/hdfs:$(hdfs_jars)/*" "$1" -fs "$(hdfs_address "$2")" "${@:3}" 2>&1; }
