/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/nfsproc.h"

static const char *const v2[] = {
	"Null", "GetAttr", "SetAttr", "Root", "Lookup", "ReadLink", "Read", "WrCache", "Write",
	"Create", "Remove", "Rename", "Link", "SymLink", "MkDir", "RmDir", "ReadDir", "FsStat",
};

static const char *const v3[] = {
	"Null", "GetAttr", "SetAttr", "Lookup", "Access", "ReadLink", "Read", "Write", "Create",
	"MkDir", "SymLink", "MkNod", "Remove", "RmDir", "Rename", "Link", "ReadDir", "ReadDirPlus",
	"FsStat", "FsInfo", "PathConf", "Commit",
};

/* NFSPROC4_CLNT_* of include/linux/nfs4.h */
static const char *const client_v4[] = {
	"Null", "Read", "Write", "Commit", "Open", "OpenConfirm", "OpenNoattr", "OpenDowngrade",
	"Close", "Setattr", "FsInfo", "Renew", "SetClientID", "SetClientIDConfirm", "Lock", "Lockt",
	"Locku", "Access", "Getattr", "Lookup", "LookupRoot", "Remove", "Rename", "Link", "Symlink",
	"Create", "Pathconf", "StatFs", "ReadLink", "ReadDir", "ServerCaps", "DelegReturn", "GetACL",
	"SetACL", "FsLocations", "ReleaseLockowner", "Secinfo", "FsidPresent", "ExchangeID",
	"CreateSession", "DestroySession", "Sequence", "GetLeaseTime", "ReclaimComplete",
	"GetDeviceInfo", "LayoutGet", "LayoutCommit", "LayoutReturn", "SecinfoNoName", "TestStateID",
	"FreeStateID", "GetDeviceList", "BindConnToSession", "DestroyClientID", "Seek", "Allocate",
	"DeAllocate", "LayoutStats", "Clone", "Copy", "OffloadCancel", "Lookupp", "LayoutError",
	"CopyNotify", "GetXattr", "SetXattr", "ListXattrs", "RemoveXattr", "ReadPlus",
};

/* Operations by their numbers in RFC 7530, 8881, 7862 and 8276; 0 to 2 are none. */
static const char *const server_v4[] = {
	"", "", "", "Access", "Close", "Commit", "Create", "DelegPurge", "DelegReturn", "GetAttr",
	"GetFH", "Link", "Lock", "Lockt", "Locku", "Lookup", "LookupRoot", "Nverify", "Open",
	"OpenAttr", "OpenConfirm", "OpenDgrd", "PutFH", "PutPubFH", "PutRootFH", "Read", "ReadDir",
	"ReadLink", "Remove", "Rename", "Renew", "RestoreFH", "SaveFH", "SecInfo", "SetAttr", "SetClientID",
	"SetClientIDConfirm", "Verify", "Write", "RelLockOwner", "BackChannelCtl",
	"BindConnToSession", "ExchangeID", "CreateSession", "DestroySession", "FreeStateID",
	"GetDirDelegation", "GetDeviceInfo", "GetDeviceList", "LayoutCommit", "LayoutGet",
	"LayoutReturn", "SecInfoNoName", "Sequence", "SetSSV", "TestStateID", "WantDelegation",
	"DestroyClientID", "ReclaimComplete", "Allocate", "Copy", "CopyNotify", "DeAllocate",
	"IOAdvise", "LayoutError", "LayoutStats", "OffloadCancel", "OffloadStatus", "ReadPlus",
	"Seek", "WriteSame", "Clone", "GetXattr", "SetXattr", "ListXattrs", "RemoveXattr",
};

#define NAMES(a) (a), sizeof(a) / sizeof(*(a))

static const struct sh_nfsproc client[] = {
	{ "proc2", "2", NAMES(v2) }, { "proc3", "3", NAMES(v3) }, { "proc4", "4", NAMES(client_v4) },
};

static const struct sh_nfsproc server[] = {
	{ "proc2", "2", NAMES(v2) }, { "proc3", "3", NAMES(v3) },
	{ "proc4ops", "4", NAMES(server_v4) },
};

static const struct sh_nfsproc *find(const struct sh_nfsproc *p, size_t n, struct sh_span word)
{
	for (size_t i = 0; i < n; i++)
		if (sh_span_is(word, p[i].line))
			return &p[i];
	return NULL;
}

const struct sh_nfsproc *sh_nfsproc_client(struct sh_span word)
{
	return find(NAMES(client), word);
}

const struct sh_nfsproc *sh_nfsproc_server(struct sh_span word)
{
	return find(NAMES(server), word);
}
