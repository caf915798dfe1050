"""A certification authority for the suites with RSA signatures, by strongSwan's pki: a root and the peer's certificate."""
import os

from suite import OURS_NAME, PEER_NAME
from wire import run

_made = {}


class Authority:
    def __init__(self, directory, tools):
        self.dir, self.tools = f"{directory}/ca", tools
        os.makedirs(self.dir)
        self._key("ca")
        self._pki("--self", "--ca", "--lifetime", "30", "--in", "ca.key", "--dn", "CN=Interop CA", "--digest", "sha256", out="ca.pem")
        self._key("peer")
        self.issue("peer", PEER_NAME)

    def _pki(self, *words, out):
        """pki writes its result to standard output."""
        run("sh", "-c", 'd=$1 o=$2; shift 2; cd "$d" && "$@" >"$o" 2>"$o.said" || { cat "$o.said"; exit 1; }', "sh", self.dir, out,
            f"{self.tools}/peers.sh", "run", "strongswan", "pki", *words, "--outform", "pem")
        return f"{self.dir}/{out}"

    def _key(self, name):
        self._pki("--gen", "--type", "rsa", "--size", "2048", out=f"{name}.key")
        os.chmod(f"{self.dir}/{name}.key", 0o600)

    def issue(self, name, subject):
        self._pki("--issue", "--cacert", "ca.pem", "--cakey", "ca.key", "--type", "priv", "--in", f"{name}.key", "--lifetime", "20",
                  "--dn", f"CN={subject}", "--san", subject, "--digest", "sha256", out=f"{name}.pem")

    def sign(self, request, subject=OURS_NAME):
        """A certificate (PEM) for a PKCS #10 request (PEM)."""
        with open(f"{self.dir}/ours.csr", "w") as f:
            f.write(request)
        return self.text(self._pki("--issue", "--cacert", "ca.pem", "--cakey", "ca.key", "--type", "pkcs10", "--in", "ours.csr",
                                   "--lifetime", "20", "--dn", f"CN={subject}", "--san", subject, "--digest", "sha256", out="ours.pem"))

    def text(self, path):
        with open(path) as f:
            return f.read()

    def root(self):
        return self.text(f"{self.dir}/ca.pem")

    def give_swanctl(self, directory):
        for name, folder in (("ca.pem", "x509ca"), ("peer.pem", "x509"), ("peer.key", "private")):
            with open(f"{directory}/{folder}/{name}", "w", opener=lambda p, f: os.open(p, f, 0o600)) as f:
                f.write(self.text(f"{self.dir}/{name}"))


    def give_nss(self, directory):
        """The same for NSS: the key comes in PKCS #12, with a password that is no secret."""
        os.makedirs(directory, exist_ok=True)
        with open(f"{directory}/ca.pem", "w") as f:
            f.write(self.root())
        run("openssl", "pkcs12", "-export", "-in", f"{self.dir}/peer.pem", "-inkey", f"{self.dir}/peer.key", "-name", "peer",
            "-passout", "pass:interop", "-out", f"{directory}/peer.p12")


def authority(directory, tools):
    """One a sandbox."""
    if directory not in _made:
        _made[directory] = Authority(directory, tools)
    return _made[directory]
