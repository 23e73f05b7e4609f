#!/bin/sh
# Kills what is left when its parent has gone, however it went (kill -9 included): the end of standard input tells.
# usage: reaper.sh FOLDER    reads "add GROUP" and "drop GROUP", one a line; removes FOLDER at the end
folder=$1
groups=
trap '' INT TERM HUP
while read -r verb group; do
  case $verb in
    add) groups="$groups $group " ;;
    drop) groups=$(printf '%s' "$groups" | sed "s/ $group / /g") ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
rm -rf "$folder"
