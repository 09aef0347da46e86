// What every file of hooks needs: how a hook is declared, and the address it was called from.
#pragma once

#include <heddle/runtime/real.hpp>
#include <heddle/runtime/scheduler.hpp>

/// A definition that replaces a function of the C library, the C++ run-time or the sanitizer.
#define HEDDLE_HOOK extern "C" __attribute__((visibility("default"), noinline))

/// The return address of the hook: a program counter in the component.
#define HEDDLE_CALLER __builtin_return_address(0)
