"""What is asked of a node, in one command: POSIX shell, nothing written, every wait bounded.

Answers come back by `say` (see checks.clients.ssh_script). A node's own settings for curl and wget are left aside, and
no credential is in it: of each service's host only the address is asked.
"""
from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence

# Scheme, host, port and a plain path: all that may reach the node's shell, and then in quotes.
ADDRESS = re.compile(r"https?://(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~%/-]{0,500})?")

HEAD = r"""
PATH="$PATH:/usr/local/bin:/usr/local/sbin:/usr/sbin:/sbin"
export PATH
has() { command -v "$1" >/dev/null 2>&1; }
limited() { seconds=$1; shift; if has timeout; then timeout "$seconds" "$@"; else "$@"; fi; }
try() { out=$("$@" 2>&1); code=$?; }
ask() {
  if has curl; then
    try curl -q -sS -o /dev/null -m 6 --connect-timeout 5 -A dflow-integrations -w ' status=%{http_code} ip=%{remote_ip} ' "$2"
    if [ "$code" = 6 ]; then
      try curl -q -sS -o /dev/null -m 6 --connect-timeout 5 -A dflow-integrations -w ' status=%{http_code} ip=%{remote_ip} ' "$2"
    fi
    say "$1" "curl $code $out"
  elif has wget; then
    try limited 8 wget --no-config --no-hsts -S -O /dev/null -T 6 -t 1 --max-redirect=0 -U dflow-integrations "$2"
    say "$1" "wget $code $(printf '%s' "$out" | grep -E 'HTTP/|rror|nable|failed|refused|timed' | head -n 6)"
  else
    say "$1" "none"
  fi
}
user=$(id -u)
say now "$(date +%s)"
"""
TAIL = r"""
say user "$user"
say kernel "$(uname -s)"
say machine "$(uname -m)"
for name in ID ID_LIKE VERSION_ID PRETTY_NAME; do
  say "os_$name" "$(sed -n "s/^$name=//p" /etc/os-release 2>/dev/null | head -n 1 | tr -d '\"')"
done
if [ -d /run/systemd/system ]; then say systemd yes; else say systemd "no $(cat /proc/1/comm 2>/dev/null)"; fi
say cgroup "$(stat -fc %T /sys/fs/cgroup 2>/dev/null)"
for name in MemTotal MemAvailable SwapTotal; do
  say "$name" "$(sed -n "s/^$name:[^0-9]*\([0-9]*\).*/\1/p" /proc/meminfo 2>/dev/null)"
done
say disk "$(df -Pk / 2>/dev/null | tail -n 1)"
say inodes "$(df -Pi / 2>/dev/null | tail -n 1)"
if [ -d /var/lib/docker ]; then say docker_disk "$(df -Pk /var/lib/docker 2>/dev/null | tail -n 1)"; fi
say listening "$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | sed -n -e 's/^ *[0-9]*: [0-9A-F]*:0050 [0-9A-F:]* 0A .*/80/p' \
  -e 's/^ *[0-9]*: [0-9A-F]*:01BB [0-9A-F:]* 0A .*/443/p' | sort -u)"
if has timedatectl; then say synchronised "$(limited 3 timedatectl show -p NTPSynchronized --value 2>/dev/null)"; fi
if [ "$user" = 0 ]; then say sudo root; code=0
elif has sudo; then try limited 6 sudo -n true; say sudo "$code $out"
else say sudo missing; code=1; fi
rooted=$code
if [ "$rooted" = 0 ] && has ss; then
  say listeners "$(limited 3 $([ "$user" = 0 ] || echo sudo -n) ss -Hltnp 'sport = :80 or sport = :443' 2>/dev/null)"
fi
if has docker; then
  try limited 6 docker version --format '{{.Server.Version}}'
  say docker "$code $out"
  if [ "$code" != 0 ] && [ "$rooted" = 0 ] && [ "$user" != 0 ]; then
    try limited 6 sudo -n docker version --format '{{.Server.Version}}'
    say docker_sudo "$code $out"
  fi
else say docker missing; fi
wait
"""


def body(upstream: Mapping[str, str]) -> str:
    """upstream: name of a service -> address of its host; what is no plain address is not asked."""
    asked = "\n".join(f"ask reach{number} {shlex.quote(url)} &" for number, url in enumerate(addresses(upstream)))
    return HEAD + asked + TAIL


def addresses(upstream: Mapping[str, str]) -> Sequence[str]:
    """Each address once, in the order in which the script numbers them."""
    return list(dict.fromkeys(url for url in upstream.values() if ADDRESS.fullmatch(url)))
