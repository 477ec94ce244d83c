#!/bin/sh
# An engine starts a container with flags of Beam's boot; all else is wirefold's.
#
# Run: with both kinds of command in the image (its head says how), and by tests/test_deploy.py.
# Not run: a container that Docker or Dataflow started.
case ${1-} in
  --id=* | --worker_pool) exec /opt/apache/beam/boot "$@" ;;
  *) exec wirefold "$@" ;;
esac
