/* The dialects' table. */

#include "shell/dialect.h"

static const struct dialect dialects[] = {
	[IKE_IOS_12] = { "12.4", "12.4(24)T", "C2800NM Software", "C2800NM-ADVENTERPRISEK9-M", "flash:inspire-12.bin", "encr", false, false, false },
	[IKE_IOS_15] = { "15.4", "15.4(3)M", "C2900 Software", "C2900-UNIVERSALK9-M", "flash0:inspire-15.bin", "encr", true, true, true },
	[IKE_XE_17] = { "17.3", "17.3.1", "Virtual XE Software", "X86_64_LINUX_IOSD-UNIVERSALK9-M", "bootflash:inspire-17.bin", "encryption", true, true, true },
};

const struct dialect *
dialect_of(enum ike_dialect d)
{
	return &dialects[d];
}
