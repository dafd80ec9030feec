#!/bin/sh
printf '\003\000\000\000{}!'; sleep 20
