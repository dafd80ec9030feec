#!/usr/bin/env bash
# Offers bad input to real processes; writes a line for each: name, exit code or HTTP status, lines, first line.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=${WORK:-$root/.demo/test-refusals}
minimum_events=1
minimum_cell=1
. "$root/deploy/lib/study.sh"
trap study_stop EXIT
study_begin 2>/dev/null
input="$work/input"
mkdir -p "$input"

# tell NAME COMMAND...: what the command says when it refuses.
tell() {
    local name=$1 code=0 text
    shift
    text=$("$@" 2>&1 >/dev/null) || code=$?
    printf '%s\t%s\t%s\t%s\n' "$name" "$code" "$(printf '%s\n' "$text" | grep -c .)" "$(printf '%s\n' "$text" | grep . | tail -n 1)"
}

# table FILE EVENTS: forty rows; EVENTS is an awk condition on the row's number.
table() {
    awk -v seed="$3" 'BEGIN { srand(seed); print "id,outcome,f1,f2"; for (i = 1; i <= 40; i++) printf "p%02d,%d,%.6f,%.6f\n", i, ('"$2"'), rand() + 0.3 * (i % 2), rand() }' >"$1"
}
table "$input/good.csv" 'i % 2' 1
table "$input/other.csv" 'i % 2' 2
table "$input/one-class.csv" '0' 3

cat >"$input/study.yaml" <<'YAML'
concord: 1
study: refusals
version: 1
title: Two hospitals, two features
outcome:
  column: outcome
  event: "1"
sites:
  training: [alpha, beta]
extraction:
  source: table
  columns: [f1, f2]
disclosure:
  minimum-cases: 5
  minimum-events: 1
  minimum-cell: 1
model:
  kind: ridge-logistic
  lambda: 1
YAML

# Protocols.
sed 's/^model:/modell:/' "$input/study.yaml" >"$input/unknown-key.yaml"
tell protocol-unknown-key concord protocol hash "$input/unknown-key.yaml"
tell protocol-unknown-key-sent concord protocol add "$input/unknown-key.yaml"

sed 's/^  training:.*/&\n  external: [beta]/' "$input/study.yaml" >"$input/trained-external.yaml"
tell protocol-trained-external concord protocol hash "$input/trained-external.yaml"
{ cat "$input/study.yaml"; printf 'harmonisation:\n  method: combat\n  covariates: [{name: outcome}]\n'; } >"$input/outcome-covariate.yaml"
tell protocol-outcome-covariate concord protocol hash "$input/outcome-covariate.yaml"

# Tables.
together() { awk -v site=alpha 'FNR == 1 && NR > 1 { site = "beta"; next } NR == 1 { print $0 ",site"; next } { print $0 "," site }' "$1" "$2"; }
simulate() { concord simulate --protocol "$input/study.yaml" --table "$1" --sites site --case id; }
together "$input/good.csv" "$input/other.csv" | awk -F, -v OFS=, '{ sub(/^b/, "b", $5); if (NR > 1) $1 = $1 "-" $5; print }' >"$input/both.csv"
{ cat "$input/study.yaml"; printf 'harmonisation:\n  method: combat\n  batch: scaner\n'; } >"$input/batch.yaml"
tell table-missing-batch concord simulate --protocol "$input/batch.yaml" --table "$input/both.csv" --sites site --case id
sed '1s/f2/f3/' "$input/both.csv" >"$input/missing-column.csv"
tell table-missing-column simulate "$input/missing-column.csv"
awk -F, -v OFS=, 'NR == 8 { $3 = "high" } { print }' "$input/both.csv" >"$input/text.csv"
tell table-text simulate "$input/text.csv"
awk -F, -v OFS=, 'NR == 11 { $3 = "NaN" } { print }' "$input/both.csv" >"$input/nan.csv"
tell table-nan simulate "$input/nan.csv"
awk -F, -v OFS=, 'NR == 9 { $4 = "inf" } { print }' "$input/both.csv" >"$input/infinite.csv"
tell table-infinite simulate "$input/infinite.csv"
head -c 700 "$input/both.csv" >"$input/truncated.csv"
tell table-truncated simulate "$input/truncated.csv"
iconv -f UTF-8 -t UTF-16LE "$input/both.csv" >"$input/utf16.csv"
tell table-utf16 simulate "$input/utf16.csv"
printf 'id,outcome,f1,f2,site\n' >"$input/no-rows.csv"
tell table-no-rows simulate "$input/no-rows.csv"
: >"$input/empty.csv"
tell table-empty simulate "$input/empty.csv"

# Masks.
python3 - "$input" <<'PYTHON'
import gzip, struct, sys
folder = sys.argv[1]
def nifti(name, size, spacing, voxel):
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *size, 1, 1, 1, 1)
    struct.pack_into("<hh", header, 70, 4, 16)
    struct.pack_into("<8f", header, 76, 1, *spacing, 0, 0, 0, 0)
    struct.pack_into("<f", header, 108, 352)
    struct.pack_into("<ff", header, 112, 1, 0)
    header[123] = 2
    struct.pack_into("<hh", header, 252, 0, 1)
    struct.pack_into("<4f", header, 280, spacing[0], 0, 0, 0)
    struct.pack_into("<4f", header, 296, 0, spacing[1], 0, 0)
    struct.pack_into("<4f", header, 312, 0, 0, spacing[2], 0)
    header[344:348] = b"n+1\0"
    body = b"".join(struct.pack("<h", voxel(x, y, z)) for z in range(size[2]) for y in range(size[1]) for x in range(size[0]))
    with gzip.GzipFile(f"{folder}/{name}.nii.gz", "wb", mtime=0) as file:
        file.write(bytes(header) + body)
ball = lambda x, y, z: int((x - 16) ** 2 + (y - 16) ** 2 + (z - 8) ** 2 < 30)
nifti("image", (32, 32, 16), (1, 1, 1), lambda x, y, z: (7 * x + 13 * y + 5 * z) % 97)
nifti("mask", (32, 32, 16), (1, 1, 1), ball)
nifti("mask-empty", (32, 32, 16), (1, 1, 1), lambda x, y, z: 0)
nifti("mask-spacing", (32, 32, 16), (1, 1, 2.5), ball)
nifti("mask-size", (30, 32, 16), (1, 1, 1), ball)
PYTHON
extract() { "$bin/concord-agent" extract --protocol "$root/protocols/hcc-mvi-ct.yaml" --image "$input/image.nii.gz" --mask "$1"; }
tell mask-good extract "$input/mask.nii.gz"
tell mask-empty extract "$input/mask-empty.nii.gz"
tell mask-spacing extract "$input/mask-spacing.nii.gz"
tell mask-size extract "$input/mask-size.nii.gz"
head -c 120 "$input/mask.nii.gz" >"$input/mask-truncated.nii.gz"
tell mask-truncated extract "$input/mask-truncated.nii.gz"
tell mask-missing extract "$input/no-such-mask.nii.gz"

# A case that hangs, and one that is broken, in a table: each costs itself.
mkfifo "$input/hangs.nii"
printf 'case,image,mask\na,image.nii.gz,mask.nii.gz\nb,hangs.nii,mask.nii.gz\nc,image.nii.gz,mask-truncated.nii.gz\nd,image.nii.gz,mask.nii.gz\n' >"$input/images.csv"
code=0
"$bin/concord-agent" extract --manifest "$input/images.csv" --time-limit 2 >"$work/features.csv" 2>"$work/extract.log" || code=$?
printf 'manifest-survives\t%s\t1\t%s %s\n' "$code" "$(cut -d, -f1 "$work/features.csv" | tr '\n' ' ')" "$(grep -o 'b: reader_timed_out\|c: unreadable_file' "$work/extract.log" | tr '\n' ' ')"

# Certificates and bodies.
hash=$(concord protocol hash "$input/study.yaml")
for site in alpha beta; do
    file=good.csv
    [ "$site" = alpha ] || file=one-class.csv
    site_file "$site" "$hash" 5 "  clinical: $input/$file
  features: $input/$file
  case-column: id"
    site_enrol "$site" 2>/dev/null
done
store="$work/alpha/store"
ask() {
    local certificate=$1 key=$2
    shift 2
    : >"$work/answer"
    curl -sS -o "$work/answer" -w '%{http_code}' --max-time 20 --cacert "$store/authority.pem" \
        ${certificate:+--cert "$certificate" --key "$key"} "$@" "https://localhost:$port/v1/work?wait=0" 2>"$work/curl.log" || true
    tr '\n' ' ' <"$work/curl.log"
}
answer() { printf '%s\t%s\t1\t%s\n' "$1" "${2:0:3}" "${2:3} $(tr -cd '[:print:]' <"$work/answer" 2>/dev/null)"; }
answer certificate-good "$(ask "$store/site.pem" "$store/site.key")"
answer certificate-none "$(ask '' '')"
"$bin/concord-coordinator" init --folder "$work/foreign" --study-domain demo.concord --host 127.0.0.1 --port 1 \
    --name localhost --database none >/dev/null 2>&1
answer certificate-foreign "$(ask "$work/foreign/operator/certificate.pem" "$work/foreign/operator/key.pem")"
openssl req -new -key "$store/site.key" -subj /CN=alpha -out "$work/alpha.csr" 2>/dev/null
openssl x509 -req -in "$work/alpha.csr" -CA "$work/coordinator/authority.pem" -CAkey "$work/coordinator/authority.key" \
    -set_serial 7 -days -1 -extfile <(printf 'subjectAltName=URI:spiffe://demo.concord/site/alpha\nextendedKeyUsage=clientAuth\n') \
    -out "$work/expired.pem" 2>/dev/null
answer certificate-expired "$(ask "$work/expired.pem" "$store/site.key")"
answer certificate-of-operator "$(ask "$work/coordinator/operator/certificate.pem" "$work/coordinator/operator/key.pem")"
head -c 68000000 /dev/zero >"$work/large"
code=$(curl -sS -o "$work/answer" -w '%{http_code}' --max-time 60 --cacert "$store/authority.pem" --cert "$store/site.pem" \
    --key "$store/site.key" -T "$work/large" "https://localhost:$port/v1/runs/x/rounds/1/answer" 2>/dev/null || true)
answer body-over-limit "$code"
code=$(curl -sS -o "$work/answer" -w '%{http_code}' --max-time 60 --cacert "$store/authority.pem" --cert "$store/site.pem" \
    --key "$store/site.key" -T "$work/large" -H 'Transfer-Encoding: chunked' \
    "https://localhost:$port/v1/runs/x/rounds/1/answer" 2>/dev/null || true)
answer body-over-limit-chunked "$code"
rm -f "$work/large"
answer certificate-good-after "$(ask "$store/site.pem" "$store/site.key")"
printf 'images-confined\t0\t1\t%s\n' "$(no_proxy=localhost "$bin/concord-agent" doctor --site-file "$work/alpha/site.yaml" | grep images)"
# The agent itself, with an expired certificate and a foreign authority.
cp "$store/site.pem" "$work/site.pem.good"
cp "$work/expired.pem" "$store/site.pem"
doctor() { no_proxy=localhost "$bin/concord-agent" doctor --site-file "$work/alpha/site.yaml" | grep FAIL >&2; return 1; }
tell doctor-expired doctor
cp "$work/site.pem.good" "$store/site.pem"
cp "$store/authority.pem" "$work/authority.pem.good"
cp "$work/foreign/authority.pem" "$store/authority.pem"
tell doctor-foreign-authority doctor
cp "$work/authority.pem.good" "$store/authority.pem"

# A site with one class only: the run ends with the reason; with the table mended another run of the protocol finishes.
site_start alpha
site_start beta
concord protocol add "$input/study.yaml" >/dev/null
concord protocol lock "$hash" --reason test >/dev/null
run=$(concord run start --protocol "$hash")
watch() { timeout 60 "$bin/concord" run watch "$1"; }
tell site-one-class watch "$run"
cp "$input/other.csv" "$input/one-class.csv"
run=$(concord run start --protocol "$hash")
tell site-mended watch "$run"

# A revoked site, and a run that waits for it and is stopped.
concord site revoke beta --reason 'left the study' >/dev/null 2>&1
sleep 1.2 # a revocation is noticed within a second
answer certificate-revoked "$(store=$work/beta/store; ask "$store/site.pem" "$store/site.key")"
run=$(concord run start --protocol "$hash")
sleep 0.5
printf 'run-awaits\t0\t1\t%s\n' "$(concord run list --format json | python3 -c 'import json, sys; print(json.load(sys.stdin)[-1]["awaits"])')"
concord run stop "$run" --reason 'beta has left' 2>/dev/null
tell run-stopped watch "$run"
tell run-stopped-twice concord run stop "$run" --reason again
concord audit export --output "$work/audit.json" >/dev/null 2>&1
tell audit-verifies concord audit verify "$work/audit.json"
