/* A board without a screen. It starts the machine in the library that mcconfig made (in the place of the SDK's simulator)
   in a process of its own, starts it again when it restarts or dies, and tells it why: the reset cause.

     headless mc.so [boots]

   It ends when the machine ends with 0, or after so many boots. Killed, it takes the machine with it: a loss of power. */
#include <dlfcn.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#define mxLinux 1
#include "screen.h"

#define RESTART 3
#define ABORTED 70

/* agent/codes.ts `Reset` */
enum { POWER = 0, REQUESTED = 4, WATCHDOG = 5, CRASH = 6 };

static guint idleTimer;

static gboolean idle(gpointer data)
{
	txScreen* screen = data;
	if (screen->idle)
		(*screen->idle)(screen);
	return G_SOURCE_CONTINUE;
}

static void startScreen(txScreen* screen, double interval)
{
	if (!idleTimer)
		idleTimer = g_timeout_add((guint)interval, idle, screen);
}

static void stopScreen(txScreen* screen)
{
	if (idleTimer)
		g_source_remove(idleTimer);
	idleTimer = 0;
}

static void abortScreen(txScreen* screen, int status)
{
	/* xs/sources/xsCommon.h `XS_UNHANDLED_EXCEPTION_EXIT` and its like. */
	fprintf(stderr, "the machine ends: status %d\n", status);
	_exit(ABORTED);
}

static void ignore(txScreen* screen)
{
}

static int machine(const char* path)
{
	void* library = dlopen(path, RTLD_NOW);
	txScreenLaunchProc launch = library ? (txScreenLaunchProc)dlsym(library, "fxScreenLaunch") : NULL;
	txScreen* screen = calloc(1, sizeof(txScreen) + 320 * 240 * screenBytesPerPixel);
	if (!launch || !screen) {
		fprintf(stderr, "%s\n", dlerror());
		return ABORTED;
	}
	screen->width = 320;
	screen->height = 240;
	screen->abort = abortScreen;
	screen->bufferChanged = ignore;
	screen->formatChanged = ignore;
	screen->start = startScreen;
	screen->stop = stopScreen;
	g_mutex_init(&screen->workersMutex);
	(*launch)(screen);
	g_main_loop_run(g_main_loop_new(NULL, FALSE));
	return 0;
}

static int causeOf(int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == RESTART)
		return REQUESTED;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		return WATCHDOG;
	return CRASH;
}

int main(int count, char** arguments)
{
	int boots = count > 2 ? atoi(arguments[2]) : 100;
	int cause = POWER;
	if (count < 2) {
		fprintf(stderr, "headless mc.so [boots]\n");
		return 2;
	}
	while (boots-- > 0) {
		char text[8];
		int status;
		snprintf(text, sizeof(text), "%d", cause);
		setenv("FLIPSIDE_CAUSE", text, 1);
		printf("reset, cause %d\n", cause);
		fflush(stdout);
		pid_t child = fork();
		if (child == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			_exit(machine(arguments[1]));
		}
		if (child < 0 || waitpid(child, &status, 0) < 0)
			return 1;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			return 0;
		cause = causeOf(status);
	}
	return 0;
}
