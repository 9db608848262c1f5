#!/bin/sh
# Finds a Python that serves and hands over to install.py.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
for python in ${PYTHON:-} python3.13 python3.12 python3.11 python3; do
  if command -v "$python" >/dev/null 2>&1 &&
    "$python" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
    exec "$python" "$here/install.py" "$@"
  fi
done
echo "error: no Python 3.11, 3.12 or 3.13 with its venv module here (on Debian: python3-venv); name one: PYTHON=/path/to/python3.11" >&2
exit 1
