#include <csignal>
#include <cstdio>

#include <sys/time.h>
#include <ucontext.h>

#include <heddle/runtime/crash_signals.hpp>
#include <heddle/runtime/hook.hpp>

namespace heddle::runtime {
namespace {

constexpr int handled[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
struct sigaction previous[NSIG];
bool installed = false;

const void* pc_of(void* context) {
  auto* c = static_cast<ucontext_t*>(context);
#if defined(__x86_64__)
  return reinterpret_cast<const void*>(c->uc_mcontext.gregs[REG_RIP] + 1);  // as a return address would stand
#else
  return reinterpret_cast<const void*>(c->uc_mcontext.pc + 4);
#endif
}

const char* name_of(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGFPE:
      return "SIGFPE";
    case SIGABRT:
      return "SIGABRT";
    default:
      return "SIGILL";
  }
}

// Runs on the alternate stack: the fiber's own may be the one that overflowed. Leaves by switching away for
// good.
void on_crash(int signal, siginfo_t* info, void* context) {
  if (current == nullptr) {
    sigaction(signal, &previous[signal], nullptr);
    raise(signal);
    return;
  }
  const void* pc = pc_of(context);
  if (!in_executable(pc)) {
    discard_current_fiber();
    pc = component_pc(pc);
  }
  if (signal == SIGABRT) fail(ending::aborted, "SIGABRT", pc);
  if (current->stack->guards(info->si_addr)) fail(ending::stack_overflow, "", current->entered);
  char message[96];
  if (signal == SIGSEGV || signal == SIGBUS)
    std::snprintf(message, sizeof message, "%s%s", name_of(signal),
                  info->si_addr == nullptr ? " (null pointer)" : "");
  else
    std::snprintf(message, sizeof message, "%s", name_of(signal));
  fail(ending::crashed, message, pc);
}

// A loop that neither reads nor writes instrumented memory (the compiler keeps the flag in a register) meets
// no hook.
void on_watch(int, siginfo_t*, void* context) {
  constexpr int ticks_max = 3;
  static std::uint64_t last = 0;
  static int ticks = 0;
  if (!controlled || last != progress()) {
    last = controlled ? progress() : 0;
    ticks = 0;
    return;
  }
  if (++ticks < ticks_max) return;
  ticks = 0;
  discard_current_fiber();
  fail(ending::step_budget, "a loop that waits for nothing another thread could change",
       component_pc(pc_of(context)));
}

// Once per second of processor time.
void start_watch() {
  struct sigaction action {};
  action.sa_sigaction = on_watch;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART;
  HEDDLE_REAL(sigaction)(SIGVTALRM, &action, nullptr);
  const itimerval second{{1, 0}, {1, 0}};
  setitimer(ITIMER_VIRTUAL, &second, nullptr);
}

}  // namespace

void install_crash_handlers() {
  if (installed) return;
  static char alternate_stack[64 * 1024];
  stack_t stack{};
  stack.ss_sp = alternate_stack;
  stack.ss_size = sizeof alternate_stack;
  sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_sigaction = on_crash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (const int signal : handled) {
    struct sigaction before {};
    HEDDLE_REAL(sigaction)(signal, &action, &before);
    if (before.sa_sigaction != on_crash) previous[signal] = before;
  }
  start_watch();
  installed = true;
}

}  // namespace heddle::runtime

// Test frameworks put handlers of their own in place for each test case: the next schedule takes the signals
// back.
HEDDLE_HOOK int sigaction(int number, const struct sigaction* action, struct sigaction* old) noexcept {
  if (action != nullptr) heddle::runtime::installed = false;
  return HEDDLE_REAL(sigaction)(number, action, old);
}
HEDDLE_HOOK sighandler_t signal(int number, sighandler_t handler) noexcept {
  heddle::runtime::installed = false;
  return HEDDLE_REAL(signal)(number, handler);
}
