#!/bin/sh
# Begins a Machine, and ends it when the test JVM closes the pipe or is no more.
# Arguments: where to note that processes are of the machine's group, what begins it.
echo $$ >"$1" || exit 1
shift
exec 3<&0
"$@" </dev/null 3<&- &
machine=$!
# What ends the whole test run by a signal must not end this before the machine.
trap '' HUP INT TERM
{ cat <&3 >/dev/null; kill -KILL $machine; } &
wait $machine
