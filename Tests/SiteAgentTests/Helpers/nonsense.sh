#!/bin/sh
printf 'not a message at all'; sleep 20
