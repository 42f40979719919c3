#!/usr/bin/env bash
# The checks and tests, in the order of their price. Prints one closing line: N passed, N failed.
set -u
cd "$(dirname "$0")/.."
bin=.venv/bin
what=${1:-all}
passed=0
failed=0
unset PYTHONDONTWRITEBYTECODE # tests start hundreds of processes
export B2SHIFT_TEST_HOME=${B2SHIFT_TEST_HOME:-$PWD/var/test}

step() { # name, command …
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "ok      $name"
  else
    failed=$((failed + 1))
    echo "FAILED  $name"
  fi
}

suite() { # name, pytest arguments …
  local name=$1 log
  shift
  log=$(mktemp)
  echo "----    $name"
  "$bin/python" -m pytest --color=no "$@" 2>&1 | tee "$log"
  local status=${PIPESTATUS[0]} ok bad
  ok=$(tail -1 "$log" | grep -oE '[0-9]+ passed' | grep -oE '[0-9]+')
  bad=$(tail -1 "$log" | grep -oE '[0-9]+ (failed|errors?)' | awk '{ total += $1 } END { print total + 0 }')
  passed=$((passed + ${ok:-0}))
  if [ "$status" -ne 0 ]; then failed=$((failed + (bad > 0 ? bad : 1))); fi
  rm -f "$log"
}

check() {
  "$bin/python" scripts/compile_messages.py
  step "style" "$bin/ruff" check --quiet .
  step "format" "$bin/ruff" format --check --quiet .
  step "structure" "$bin/lint-imports"
  step "types" "$bin/mypy" --no-error-summary accounts segments campaigns insights b2shift
  step "migrations" env B2SHIFT_HOME="$B2SHIFT_TEST_HOME" "$bin/python" manage.py makemigrations --check --dry-run --verbosity 0
  step "api schema" env B2SHIFT_HOME="$B2SHIFT_TEST_HOME" "$bin/python" manage.py spectacular --validate --fail-on-warn --file /dev/null
}

unit() {
  suite "unit tests" tests -n 2 --dist loadfile -m "not journey and not fault" -q
  step "every template is rendered by a test" "$bin/python" scripts/unrendered_templates.py
}
journeys() { suite "journeys" tests/journeys -m journey -q; }
faults() { suite "faults" tests/faults -m fault -q; }

case $what in
  check) check ;;
  unit) unit ;;
  journeys) journeys ;;
  faults) faults ;;
  all) check; unit; faults; journeys ;;
  *) echo "usage: scripts/test.sh [all|check|unit|journeys|faults]" >&2; exit 2 ;;
esac

echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
