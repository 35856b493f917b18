#!/bin/bash -eu
# ClusterFuzzLite builds as OSS-Fuzz does.
exec bash -eu "$SRC/tcpassay/ci/oss-fuzz/build.sh"
