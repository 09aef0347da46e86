// Which place in the component a failure inside a library comes from, and where exceptions are thrown.
//
// A return address that lies in the executable is taken as it is. Otherwise the stack is unwound (libgcc's
// unwinder) out of the run-time, through the library, to the first frame of the executable.
#include <exception>
#include <typeinfo>

#include <unwind.h>

#include <heddle/runtime/hook.hpp>

extern "C" const char __executable_start;
extern "C" const char etext;

namespace heddle::runtime {
namespace {

struct search {
  bool left_runtime = false;
  const void* found = nullptr;
};

_Unwind_Reason_Code visit(_Unwind_Context* context, void* argument) {
  auto& s = *static_cast<search*>(argument);
  const void* pc = reinterpret_cast<const void*>(_Unwind_GetIP(context));
  if (!in_executable(pc)) {
    s.left_runtime = true;
    return _URC_NO_REASON;
  }
  if (!s.left_runtime) return _URC_NO_REASON;
  s.found = pc;
  return _URC_END_OF_STACK;
}

}  // namespace

bool in_executable(const void* pc) {
  return pc >= &__executable_start && pc < &etext;
}

const void* component_pc(const void* pc) {
  if (in_executable(pc)) return pc;
  search s;
  _Unwind_Backtrace(visit, &s);
  return s.found != nullptr ? s.found : pc;
}

}  // namespace heddle::runtime

using namespace heddle::runtime;

namespace __cxxabiv1 {
HEDDLE_HOOK void __cxa_throw(void* exception, std::type_info* type, void (*destructor)(void*)) {
  if (controlled) current->thrown_at = component_pc(HEDDLE_CALLER);
  HEDDLE_REAL(__cxa_throw)(exception, type, destructor);
  __builtin_unreachable();
}
}  // namespace __cxxabiv1

// std::rethrow_exception(std::exception_ptr), whose argument the ABI passes by address.
HEDDLE_HOOK void _ZSt17rethrow_exceptionNSt15__exception_ptr13exception_ptrE(void* exception) {
  if (controlled) current->thrown_at = component_pc(HEDDLE_CALLER);
  HEDDLE_REAL(_ZSt17rethrow_exceptionNSt15__exception_ptr13exception_ptrE)(exception);
  __builtin_unreachable();
}
