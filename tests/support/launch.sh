#!/bin/sh
# Starts a program by way of others, for callers that take the path of one program only: LAUNCH is what comes before its arguments.
exec $LAUNCH "$@"
