"""What every foreign peer offers to the checks.  One subclass a peer, in a file of its own.

A pairing's run is:  prepare() once, then configure(suite), start(), ... stop(); start() may come again after kill().
All of a peer's processes live in its namespace `place`, which is on the wire by the device WIRE and has the addresses
PEER4/24 and PEER6/64; the sandbox ends them all.  Waiting is done with wire.until(): a condition and a limit.

A method that raises Skipped says by name what is missing here; one that raises Failed, what did not hold.
"""
from wire import Skipped

WIRE = "wire0"


class Peer:
    name = "?"                      # of the table's column
    packages = ()                   # of tools/peers.sh, all needed
    remarks = ()                    # (words of its log, alternatives by |; what they mean, for the table of outages)
    recipe = {}                     # what else its configuration needs to begin by itself
    more_checks = ()                # (name, function), after those of all peers
    long_checks = ()                # names of those left out of the short run
    raw = False                     # takes frames as they are: user-mode Linux reads them from a packet socket
    early = False                   # uses an SA that we begin before its answer to us is sent
    short_suite = "base"            # of the short run
    settle = 5.0                    # seconds within which it takes and gives up SAs, on a busy machine

    def __init__(self, box, place, directory, tools):
        """box: the Sandbox; place: the peer's namespace, wired; directory: for files; tools: the folder tools/."""
        self.box, self.place, self.dir, self.tools = box, place, directory, tools
        self.host = place           # where sockets with the inner address suite.PEER_HOST live

    # Once.
    def prepare(self):
        """Makes the inner side ready (PEER_HOST, and a way to suite.LAN), and whatever survives a restart."""

    def version(self):
        """One line: the program and its version, the kernel where it seals ESP."""
        raise NotImplementedError

    def cannot(self, suite):
        """Why this peer can't do a suite (a text for the table), or None."""
        return None

    @classmethod
    def fit(cls, suite):
        """The suite with what this peer lacks replaced by what it has, where that changes little; the table says so."""
        return suite

    # The daemon.
    def configure(self, suite, recipe=None):
        """Writes its configuration for a suite; recipe may hold more: {"dpd": seconds, "dpd_action": "clear"|"restart", ...}."""
        raise NotImplementedError

    def start(self):
        """Starts the daemon, waits until it is controllable and has the configuration."""
        raise NotImplementedError

    def stop(self):
        """In order: it may tell us."""
        raise NotImplementedError

    def kill(self):
        """kill -9, and all that its SAs were in goes with it."""
        raise NotImplementedError

    # Orders.
    def initiate(self):
        """Asks for the pairing's SAs; True when it says they are up."""
        raise NotImplementedError

    def rekey_ike(self):
        raise NotImplementedError

    def rekey_child(self):
        raise NotImplementedError

    def delete_child(self):
        """Ends the IPsec SAs, telling us."""
        raise NotImplementedError

    def delete_ike(self):
        """Ends the IKE SA (and what hangs on it), telling us."""
        raise NotImplementedError

    def lose(self):
        """Forgets all SAs without telling us, as `clear crypto sa` does behind `clear crypto isakmp`."""
        raise NotImplementedError

    # What it holds.
    def ike_count(self):
        """IKE SAs that are up."""
        raise NotImplementedError

    def sas(self):
        """Pairs of IPsec SAs: a list of (inbound SPI, outbound SPI) as the peer sees them."""
        raise NotImplementedError

    def counters(self):
        """(packets in, packets out) of the SAs that it holds now, or None if it does not count packets."""
        raise NotImplementedError

    def drops(self):
        """Packets that its kernel's IPsec dropped, by the kernel's names for why; None if its ESP is not a kernel's."""
        return None

    def inbound(self):
        """SPIs of all SAs that it receives by; of some it may have taken the other half away already."""
        return [pair[0] for pair in self.sas()]

    def not_yet(self):
        """Packets that it counted, or told of, as of an SA that is not there, or not ready."""
        return 0

    def dropped(self):
        """All that is known of what its end dropped, for who looks for a packet."""
        return self.drops()

    def log(self):
        """All that the daemon has said so far."""
        raise NotImplementedError

    def up(self):
        return self.ike_count() >= 1 and len(self.sas()) >= 1


def find(name):
    """The class of a peer, by its name on the command line."""
    import importlib
    modules = {"strongswan": "strongswan", "uml-strongswan": "uml", "uml-libreswan": "uml"}
    if name not in modules:
        raise Skipped(f"there is no peer named {name}; there are: {', '.join(modules)}")
    try:
        module = importlib.import_module(modules[name])
    except ImportError as e:
        raise Skipped(f"{name}: {e}") from None
    return module.PEERS[name]
