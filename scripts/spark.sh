# shellcheck shell=bash
# Spark, for the tests that read a lake with it: 600 MB, so only for who asks for them.

# The release that there is a Delta for: scripts/spark/pom.xml.
SPARK_RELEASE=4.2.0
SPARK=$LOCAL/spark

install_spark() {
    [ -x "$SPARK/bin/python" ] || "$PYTHON" -m venv "$SPARK"
    "$SPARK/bin/python" -m pip install -q "pyspark==$SPARK_RELEASE"
    rm -rf "$SPARK/delta"
    mvn -q -B -f "$ROOT/scripts/spark/pom.xml" dependency:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$SPARK/delta"
}
