/* A small client for a recording of Wine: it loads mapi32.dll and makes a few calls, the last of them without having initialised MAPI
 * again. Wine has no Extended MAPI of its own: MAPIInitialize and MAPILogonEx fail, and the utility functions work.
 *
 *     x86_64-w64-mingw32-gcc -o client.exe client.c
 *     WINEDEBUG=+relay,+loaddll wine client.exe 2> client.log
 */
#include <windows.h>
#include <mapix.h>
#include <mapiutil.h>

typedef HRESULT(WINAPI *INITIALIZE)(LPVOID);
typedef void(WINAPI *UNINITIALIZE)(void);
typedef HRESULT(WINAPI *LOGONEX)(ULONG_PTR, LPTSTR, LPTSTR, FLAGS, LPMAPISESSION *);
typedef SCODE(WINAPI *INITUTIL)(ULONG);
typedef void(WINAPI *DEINITUTIL)(void);
typedef SCODE(WINAPI *ALLOCATE)(ULONG, LPVOID *);
typedef ULONG(WINAPI *RELEASEBUFFER)(LPVOID);

int main(void) {
	HMODULE mapi = LoadLibraryA("mapi32.dll");
	INITIALIZE initialize = (INITIALIZE)GetProcAddress(mapi, "MAPIInitialize");
	UNINITIALIZE uninitialize = (UNINITIALIZE)GetProcAddress(mapi, "MAPIUninitialize");
	LOGONEX logon = (LOGONEX)GetProcAddress(mapi, "MAPILogonEx");
	INITUTIL initutil = (INITUTIL)GetProcAddress(mapi, "ScInitMapiUtil@4");
	DEINITUTIL deinitutil = (DEINITUTIL)GetProcAddress(mapi, "DeinitMapiUtil@0");
	ALLOCATE allocate = (ALLOCATE)GetProcAddress(mapi, "MAPIAllocateBuffer");
	RELEASEBUFFER freebuffer = (RELEASEBUFFER)GetProcAddress(mapi, "MAPIFreeBuffer");
	LPMAPISESSION session = NULL;
	LPVOID buffer = NULL;

	initutil(0);
	allocate(16, &buffer);
	freebuffer(buffer);
	deinitutil();
	if (initialize(NULL) == S_OK)
		uninitialize();
	logon(0, NULL, NULL, MAPI_EXTENDED | MAPI_NEW_SESSION, &session); /* although MAPI is not initialised */
	FreeLibrary(mapi);
	return 0;
}
