#!/bin/sh
# A run on a Flink 1.19 cluster whose TaskManagers have a worker pool beside them, as in deployment.yaml and in
# ../compose.yaml; elsewhere: python -m pipeline.worker_pool --service_port 50000, in wirefold's environment.
#
#   FLINK=jobmanager:8081 JOB_SERVER=beam-runners-flink-1.19-job-server-2.77.0.jar \
#     deploy/flink/submit.sh /mnt/news --output /mnt/wirefold
#
# Input and output lie on a volume that is mounted at the same path everywhere. Java 11 or later is needed here.
#
# Run: `sh -n`, and Beam knows the flags, by tests/test_deploy.py. Not run: these flags on Flink, for this jar was not to be
# had; Flink 1.19 was, by a job server of Beam's parts (docs/engines.md).
set -eu

exec wirefold run "$@" \
  --runner=FlinkRunner \
  --flink_master="${FLINK:?host:port of the JobManager}" \
  --flink_version=1.19 \
  --flink_job_server_jar="${JOB_SERVER:?the jar of the Beam job server}" \
  --environment_type=EXTERNAL \
  --environment_config="${POOL:-localhost:50000}" \
  --parallelism="${PARALLELISM:-2}"
