#!/usr/bin/env bash
# Run a sweep through a real SLURM: one node, on this machine's loopback. For a Debian machine, as
# root: it installs slurmctld, slurmd and munge, starts them with a configuration of their own in a
# temporary folder, and stops them again. Elsewhere it says why it was skipped and exits 77.
#
#     tests/slurm.sh [JOBS]      20 jobs of 50 runs unless given; PATH must have the environment's python
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${1:-20}
runs=$((50 * jobs))

skip() { echo "skipped: $1"; exit 77; }
[ "$(id -u)" = 0 ] || skip "needs root"
[ -f /etc/debian_version ] || skip "needs Debian"
python -c 'import snakemake_executor_plugin_slurm' 2>/dev/null || skip "needs the extra 'cluster'"
if ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
    --no-install-recommends slurmctld slurmd slurm-client munge >/dev/null \
    || skip "the packages of SLURM cannot be installed"
fi

# Jobs find the configuration only here: the executor hides SLURM's own variables from them.
[ ! -e /etc/slurm/slurm.conf ] || skip "this machine has a SLURM of its own (/etc/slurm/slurm.conf)"

box=$(mktemp -d -t scalebook-slurm.XXXXXX)
chmod 755 "$box"
mkdir "$box/state" "$box/spool"
started=()
finish() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$box" /etc/slurm/slurm.conf
}
trap finish EXIT

# munge refuses to run as root without being told, and wants its key for itself.
dd if=/dev/urandom of="$box/munge.key" bs=1024 count=1 status=none
chmod 600 "$box/munge.key"
mkdir "$box/munge" && chmod 755 "$box/munge"
munged --foreground --force --key-file "$box/munge.key" --socket "$box/munge/socket" \
  --pid-file "$box/munge/pid" --log-file "$box/munge/log" --seed-file "$box/munge/seed" >"$box/munge/out" 2>&1 &
started+=($!)

# No accounting database: the executor asks squeue, which remembers a job for MinJobAge seconds.
host=$(hostname -s)
cat >"$box/slurm.conf" <<CONF
ClusterName=loopback
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=26817
SlurmdPort=26818
AuthType=auth/munge
AuthInfo=socket=$box/munge/socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$box/state
SlurmdSpoolDir=$box/spool
SlurmctldPidFile=$box/slurmctld.pid
SlurmdPidFile=$box/slurmd.pid
SlurmctldLogFile=$box/slurmctld.log
SlurmdLogFile=$box/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_min_interval=100000
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
MinJobAge=600
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc --all) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
mkdir -p /etc/slurm
ln -s "$box/slurm.conf" /etc/slurm/slurm.conf
slurmctld -D >"$box/out" 2>&1 & started+=($!)
slurmd -D >>"$box/out" 2>&1 & started+=($!)
for _ in $(seq 60); do
  [ "$(sinfo -h -o %T 2>/dev/null)" = idle ] && break
  sleep 1
done
[ "$(sinfo -h -o %T)" = idle ] || { tail "$box"/*.log >&2; echo "the node did not come up" >&2; exit 1; }

# The shipped profile, with what differs here: a node that reports no memory, and prompt checks.
mkdir "$box/profile"
python - "$box/profile/config.yaml" <<'PYTHON'
import sys
import yaml

with open("profiles/slurm/config.yaml", encoding="utf-8") as file:
    profile = yaml.safe_load(file)
profile |= {
    "default-resources": ["cpus_per_task=1", "mem_mb=0", "runtime=60"],
    "slurm-no-account": True,
    "slurm-status-command": "squeue",
    "slurm-init-seconds-before-status-checks": 5,
    "seconds-between-status-checks": 5,
}
with open(sys.argv[1], "w", encoding="utf-8") as file:
    yaml.safe_dump(profile, file)
PYTHON

sweep() { scalebook sweep gpt4 -p "compute=1e24:1e27:${runs}log" --profile "$box/profile" -o "$box/sweep"; }
start=$(date +%s)
sweep || { tail -50 "$box/sweep/snakemake.log" >&2; exit 1; }
seconds=$(($(date +%s) - start))
rows=$(($(wc -l <"$box/sweep/table.csv") - 1))
completed=$(squeue -h -t CD -o %i | wc -l)
echo "SLURM $(sinfo --version | cut -d' ' -f2): $completed jobs completed, $rows rows, $seconds s"
[ "$rows" = "$runs" ] && [ "$completed" = "$jobs" ] || { squeue -t all >&2; exit 1; }

# Again: everything is there, and no job is submitted.
sweep | grep -q "$runs runs, $runs of them there already"
[ "$(squeue -h -t CD -o %i | wc -l)" = "$jobs" ]
echo "again: no job submitted"
