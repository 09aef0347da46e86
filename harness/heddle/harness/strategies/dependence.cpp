#include <heddle/harness/strategies/dependence.hpp>

namespace heddle::harness {
namespace {

using runtime::action;

enum class family { memory, synchronisation, clock, boundary, none };

family family_of(action kind) {
  switch (kind) {
    case action::load:
    case action::store:
    case action::read_modify_write:
    case action::compare_exchange:
    case action::read:
    case action::write:
      return family::memory;
    case action::lock:
    case action::try_lock:
    case action::unlock:
    case action::wait:
    case action::notify:
    case action::semaphore_acquire:
    case action::semaphore_release:
    case action::barrier:
    case action::once:
      return family::synchronisation;
    case action::clock_read:
    case action::clock_advance:
      return family::clock;
    case action::boundary:
      return family::boundary;
    default:
      return family::none;
  }
}

}  // namespace

bool has_object(action kind) {
  const family f = family_of(kind);
  return f == family::memory || f == family::synchronisation || f == family::boundary;
}

bool only_reads(action kind) {
  return kind == action::load || kind == action::read || kind == action::clock_read;
}

bool conflict(const runtime::pending_operation& a, const runtime::pending_operation& b) {
  const family both = family_of(a.kind);
  if (both == family::none || both != family_of(b.kind) || (only_reads(a.kind) && only_reads(b.kind)))
    return false;
  if (both == family::memory) return a.address < b.address + b.size && b.address < a.address + a.size;
  return a.address == b.address;
}

}  // namespace heddle::harness
