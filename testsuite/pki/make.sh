#!/bin/sh
# Makes the certificates and lists of the tests anew from the keys that lie beside it: PKCS #1 v1.5 signatures draw nothing, so
# the same keys, numbers and dates give the same bytes.  Writes testsuite/pki/*.pem and testsuite/unit/pki_vectors.h.
# A key that is missing is drawn, and everything made with it becomes another.  The keys are public: they protect nothing.
set -eu
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

key()	# NAME BITS
{
	[ -f "$1.key" ] || openssl genpkey -quiet -algorithm RSA -pkeyopt "rsa_keygen_bits:$2" -out "$1.key"
}

# NAME SUBJECT KEY ISSUER(or self) SERIAL FROM TO HASH EXTENSIONS...
cert()
{
	name=$1 subject=$2 key=$3 issuer=$4 serial=$5 from=$6 to=$7 hash=$8
	shift 8
	: >"$tmp/index"
	echo "$serial" >"$tmp/serial"
	{
		echo "[ca]"
		echo "database=$tmp/index"
		echo "serial=$tmp/serial"
		echo "new_certs_dir=$tmp"
		echo "policy=any"
		echo "default_md=$hash"
		echo "x509_extensions=ext"
		echo "preserve=yes"
		echo "[any]"
		for a in commonName organizationName organizationalUnitName emailAddress unstructuredName; do echo "$a=optional"; done
		echo "[req]"
		echo "distinguished_name=dn"
		echo "string_mask=pkix"
		echo "[dn]"
		echo "[ext]"
		for x in "$@"; do echo "$x"; done
	} >"$tmp/conf"
	openssl req -new -config "$tmp/conf" -key "$key.key" -subj "$subject" -out "$tmp/req" -sha256
	if [ "$issuer" = self ]; then
		sign="-selfsign -keyfile $key.key"
	else
		sign="-cert $issuer.pem -keyfile $(cat "$tmp/key-of-$issuer").key"
	fi
	# shellcheck disable=SC2086
	openssl ca -batch -notext -name ca -config "$tmp/conf" $sign -in "$tmp/req" -startdate "$from" -enddate "$to" -out "$tmp/out" 2>"$tmp/err" || { cat "$tmp/err"; exit 1; }
	sed -n '/BEGIN/,/END/p' "$tmp/out" >"$name.pem"
	echo "$key" >"$tmp/key-of-$name"
}

# NAME ISSUER NUMBER FROM TO [SERIAL...]
crl()
{
	name=$1 issuer=$2 number=$3 from=$4 to=$5
	shift 5
	: >"$tmp/index"
	for s in "$@"; do
		printf 'R\t401231000000Z\t150301000000Z\t%s\tunknown\t/CN=x\n' "$s" >>"$tmp/index"
	done
	echo "$number" >"$tmp/number"
	printf '[ca]\ndatabase=%s\ncrlnumber=%s\ndefault_md=sha256\ndefault_crl_days=1\n' "$tmp/index" "$tmp/number" >"$tmp/conf"
	openssl ca -gencrl -name ca -config "$tmp/conf" -cert "$issuer.pem" -keyfile "$(cat "$tmp/key-of-$issuer").key" -crl_lastupdate "$from" -crl_nextupdate "$to" -out "$name.pem" 2>"$tmp/err" || { cat "$tmp/err"; exit 1; }
}

for k in ca sub other r1 r2; do key $k 2048; done
key weak 768

long="20100101000000Z 20401231235959Z"
authority="basicConstraints=critical,CA:true keyUsage=critical,keyCertSign,cRLSign,digitalSignature subjectKeyIdentifier=hash"
r1="keyUsage=critical,digitalSignature,keyEncipherment subjectAltName=DNS:r1.example.com,IP:10.0.0.1,email:r1@example.com"
r2="keyUsage=critical,digitalSignature,keyEncipherment subjectAltName=DNS:r2.example.com,IP:10.0.0.2"

# shellcheck disable=SC2086
{
	cert ca "/O=Example/CN=Lab CA" ca self 01 $long sha256 $authority
	cert other "/O=Example/CN=Other CA" other self 01 $long sha256 $authority
	cert sub "/O=Example/CN=Lab Sub CA" sub ca 02 $long sha256 $authority
	cert r1 "/O=Example/OU=Routers/CN=R1" r1 ca 11 $long sha256 $r1
	cert r2 "/O=Example/OU=Routers/CN=R2" r2 ca 12 $long sha256 $r2
	cert r1-expired "/O=Example/OU=Routers/CN=R1" r1 ca 13 20100101000000Z 20120101000000Z sha256 $r1
	cert r1-future "/O=Example/OU=Routers/CN=R1" r1 ca 14 20380101000000Z 20401231235959Z sha256 $r1
	cert r1-sub "/O=Example/OU=Routers/CN=R1" r1 sub 15 $long sha256 $r1
	cert r1-other "/O=Example/OU=Routers/CN=R1" r1 other 16 $long sha256 $r1
	cert r1-md5 "/O=Example/OU=Routers/CN=R1" r1 ca 17 $long md5 $r1
	cert r1-sha1 "/O=Example/OU=Routers/CN=R1" r1 ca 18 $long sha1 $r1
	cert r1-weak "/O=Example/OU=Routers/CN=R1" weak ca 19 $long sha256 $r1
	cert r1-cipher "/O=Example/OU=Routers/CN=R1" r1 ca 1A $long sha256 keyUsage=critical,keyEncipherment
	cert r1-plain "/O=Example/CN=r1.example.com" r1 ca 1B $long sha256 basicConstraints=CA:false
	cert r1-rogue "/O=Example/OU=Routers/CN=R1" r1 r2 1C $long sha256 $r1
	cert r2-short "/O=Example/OU=Routers/CN=R2" r2 ca 1D 20100101000000Z 20150401000000Z sha256 $r2
	crl crl-r2 ca 01 20150310000000Z 20401231235959Z 12 1D
	crl crl-none ca 02 20100101000000Z 20401231235959Z
	crl crl-old ca 03 20100101000000Z 20120101000000Z
	crl crl-other other 04 20100101000000Z 20401231235959Z
	crl crl-sub ca 05 20150310000000Z 20401231235959Z 02
}

{
	echo "/* Keys, certificates and revocation lists of the tests: written by testsuite/pki/make.sh. */"
	echo "static const struct vector { const char *name, *pem; } vectors[] = {"
	for f in *.key *.pem; do
		printf '\t{ "%s",\n' "$f"
		sed 's/.*/\t    "&\\n"/' "$f"
		printf '\t},\n'
	done
	echo "};"
} >../unit/pki_vectors.h
