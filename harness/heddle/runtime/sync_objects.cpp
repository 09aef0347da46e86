#include <cstddef>

#include <sys/mman.h>
#include <unistd.h>

#include <heddle/runtime/sync_objects.hpp>

namespace heddle::runtime {
namespace {

constexpr std::uint32_t slots = 1 << 16;  // reserved, not resident: pages appear as they are used
constexpr std::uint32_t slots_max_used = slots / 2;

sync_object* table = nullptr;
std::uint32_t generation = 1;
std::uint32_t used = 0;

[[noreturn]] void table_full() {
  static constexpr char text[] = "heddle: more than 32768 locks and atomics in one schedule\n";
  [[maybe_unused]] auto written = ::write(2, text, sizeof text - 1);
  _exit(3);
}

void make_new(sync_object& object, std::uintptr_t address) {
  object.address = address;
  object.generation = generation;
  object.owner = no_thread;
  object.write_locked = false;
  object.depth = object.readers = object.expected = object.arrived = object.phase = 0;
  object.value = 0;
  object.released.clear();
  object.readers_released.clear();
}

// The slot where `address` is or would be.
sync_object& probe(std::uintptr_t address) {
  auto at = static_cast<std::uint32_t>((address * 0x9E3779B97F4A7C15ull) >> 48);
  for (;; at = (at + 1) % slots)
    if (table[at].generation != generation || table[at].address == address) return table[at];
}

}  // namespace

sync_object& sync_at(const volatile void* where) {
  const auto address = reinterpret_cast<std::uintptr_t>(where);
  sync_object& object = probe(address);
  if (object.generation != generation) {
    if (++used > slots_max_used) table_full();
    make_new(object, address);
  }
  return object;
}

sync_object* find_sync(const volatile void* where) {
  sync_object& object = probe(reinterpret_cast<std::uintptr_t>(where));
  return object.generation == generation ? &object : nullptr;
}

void reset_sync(const volatile void* where) {
  if (sync_object* object = find_sync(where)) make_new(*object, object->address);
}

void forget_sync_objects() {
  if (table == nullptr) {
    void* memory = mmap(nullptr, std::size_t{slots} * sizeof(sync_object), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) table_full();
    table = static_cast<sync_object*>(memory);
  }
  ++generation;
  used = 0;
}

}  // namespace heddle::runtime
