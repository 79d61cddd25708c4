// What windows.h and the headers beside it are notorious for: macros with the names of other people's things.
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define interface struct
#define near
#define far
#define small char
#define hyper long long
#define IN
#define OUT
#define OPTIONAL
#define CONST const
#define VOID void
#define TRUE 1
#define FALSE 0
#define ERROR 0
#define NO_ERROR 0
#define DELETE 0x00010000L
#define INFINITE 0xffffffff
#define CALLBACK
#define GetObject GetObjectA
#define CreateFile CreateFileA
#define Yield()
#define TEXT(quote) quote
#define STDMETHODCALLTYPE
#define S_OK 0
#define SUCCEEDED(hr) ((hr) >= 0)
#define FAILED(hr) ((hr) < 0)
