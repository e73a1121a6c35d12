#!/bin/sh
# Finds a Python from 3.11 to 3.13, makes .venv with it when there is none, and hands over to tools/prepare.py in it.
# Usage: tools/bootstrap.sh run|check|test|bench. PYTHON names another interpreter than the first one found.
set -eu
cd "$(dirname "$0")/.."

right_version='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
can_make='import ensurepip, venv'

fits() { "$1" -c "$right_version" >/dev/null 2>&1; }

# A .venv works only where it was made and while its Python is there.
in_place() { head -n 2 .venv/bin/pip 2>/dev/null | grep -qF "$(pwd -P)/.venv/"; }
if [ -d .venv ] && { ! fits .venv/bin/python || ! in_place; }; then
    echo "The .venv here was made elsewhere or its Python is gone. Making it anew."
    rm -rf .venv .make
fi

if [ ! -d .venv ]; then
    found=''
    without_venv=''
    for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        fits "$name" || continue
        if "$name" -c "$can_make" >/dev/null 2>&1; then
            found=$name
            break
        fi
        without_venv=$name
    done
    if [ -z "$found" ] && [ -n "$without_venv" ]; then
        version=$("$without_venv" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        may_install=''
        if command -v apt-get >/dev/null 2>&1; then
            if [ "$(id -u)" = 0 ]; then may_install='env'; elif sudo -n true 2>/dev/null; then may_install='sudo -n'; fi
        fi
        if [ -n "$may_install" ]; then
            echo "Installing python$version-venv."
            { $may_install apt-get update -qq && $may_install apt-get install -y -qq "python$version-venv"; } >/dev/null || true
        fi
        if "$without_venv" -c "$can_make" >/dev/null 2>&1; then
            found=$without_venv
        else
            echo "Python $version is here, but its venv module is not. Install it, then try again:" >&2
            echo "  sudo apt-get install python$version-venv" >&2
            exit 1
        fi
    fi
    if [ -z "$found" ]; then
        echo "Coterie needs Python 3.11, 3.12 or 3.13, and none of ${PYTHON:-python3, python3.13, python3.12, python3.11} is one." >&2
        echo "Install one of them, or name it: make run PYTHON=/path/to/python3.12" >&2
        exit 1
    fi
    echo "Creating .venv with $("$found" --version)."
    rm -rf .make
    "$found" -m venv .venv || { rm -rf .venv; exit 1; }
fi

exec .venv/bin/python tools/prepare.py "$@"
