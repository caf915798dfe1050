"""Our router gets a certificate as an operator would: trustpoint, authenticate, enroll, import, all by the console."""
import re

from ca import authority
from suite import OURS_NAME
from wire import Failed


def enrol(router, directory, tools):
    ca = authority(directory, tools)
    # A router that was killed comes back with the keys that it had.
    generate = [] if "LAB" in router.show("show crypto key mypubkey rsa") else ["crypto key generate rsa label LAB modulus 2048"]
    said = router.type("configure terminal", *generate, "crypto pki trustpoint LAB",
                       "enrollment terminal", f"subject-name CN={OURS_NAME}", "revocation-check none", "rsakeypair LAB", "exit",
                       "crypto pki authenticate LAB", *ca.root().split("\n"), "quit", "yes", "end")
    if "certificate successfully imported" not in said.lower():
        raise Failed(f"our router does not take the authority's certificate: {said[-600:]}")
    said = router.type("configure terminal", "crypto pki enroll LAB", "no", "no", "yes", "no", "end")
    request = re.search(r"((?:[A-Za-z0-9+/]{64}\r?\n)+[A-Za-z0-9+/=]+)", said)
    if request is None:
        raise Failed(f"our router shows no certificate request: {said[-900:]}")
    pem = f"-----BEGIN CERTIFICATE REQUEST-----\n{request[1].strip()}\n-----END CERTIFICATE REQUEST-----\n"
    said = router.type("configure terminal", "crypto pki import LAB certificate", *ca.sign(pem).split("\n"), "quit", "end")
    if "certificate successfully imported" not in said.lower():
        raise Failed(f"our router does not take its own certificate: {said[-600:]}")
