#include <cstddef>

#include <sys/mman.h>

#include <heddle/runtime/real.hpp>
#include <heddle/runtime/sync_objects.hpp>

namespace heddle::runtime {
namespace {

struct slot {
  std::uintptr_t address;
  std::uint32_t generation;
  std::uint32_t index;  // into the objects
};

constexpr std::uint32_t slots = 1 << 19;
constexpr std::uint32_t objects_max = slots / 2;

// Both are reserved, not resident: pages appear as they are used. The objects stand densely in the order in
// which the schedule meets them, so that few pages are.
slot* table = nullptr;
sync_object* objects = nullptr;
std::uint32_t generation = 1;
std::uint32_t used = 0;

template <class T>
T* reserve(std::size_t count) {
  void* memory = mmap(nullptr, count * sizeof(T), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) give_up("no memory for the table of locks and atomics");
  return static_cast<T*>(memory);
}

void make_new(sync_object& object, std::uintptr_t address) {
  object.address = address;
  object.owner = no_thread;
  object.write_locked = false;
  object.depth = object.readers = object.expected = object.arrived = object.phase = 0;
  object.value = 0;
  object.released.clear();
  object.readers_released.clear();
}

// The slot where `address` is or would be.
slot& probe(std::uintptr_t address) {
  auto at = static_cast<std::uint32_t>((address * 0x9E3779B97F4A7C15ull) >> 45);
  static_assert(slots == 1 << (64 - 45));
  for (;; at = (at + 1) % slots)
    if (table[at].generation != generation || table[at].address == address) return table[at];
}

}  // namespace

sync_object& sync_at(const volatile void* where) {
  const auto address = reinterpret_cast<std::uintptr_t>(where);
  slot& found = probe(address);
  if (found.generation != generation) {
    if (used == objects_max) give_up("more than 262144 locks and atomics in one schedule");
    found = {address, generation, used};
    make_new(objects[used++], address);
  }
  return objects[found.index];
}

sync_object* find_sync(const volatile void* where) {
  const slot& found = probe(reinterpret_cast<std::uintptr_t>(where));
  return found.generation == generation ? &objects[found.index] : nullptr;
}

void reset_sync(const volatile void* where) {
  if (sync_object* object = find_sync(where)) make_new(*object, object->address);
}

void forget_sync_objects() {
  if (table == nullptr) {
    table = reserve<slot>(slots);
    objects = reserve<sync_object>(objects_max);
  }
  ++generation;
  used = 0;
}

}  // namespace heddle::runtime
