// The heap: what the race detector must forget when memory changes hands, and accesses to freed memory.
//
// Freed blocks rest in a quarantine before they are reused, so that late accesses meet memory marked as
// freed. Big ones do not: they would hold too much memory.
#include <cerrno>
#include <cstring>

#include <malloc.h>

#include <heddle/runtime/hook.hpp>
#include <heddle/runtime/race_detector.hpp>

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);
}

namespace heddle::runtime {
namespace {

constexpr std::size_t quarantine_blocks = 256;
constexpr std::size_t quarantined_max_bytes = 64 * 1024;
void* quarantine[quarantine_blocks];
std::size_t quarantine_next = 0;

bool watching() {
  return controlled && settings().detect_races;
}

// What was known of the memory concerns an earlier block; also if the harness allocates, for the component
// may be given the block.
void* allocated(void* block) {
  if (block != nullptr && current != nullptr && settings().detect_races)
    set_memory(reinterpret_cast<std::uintptr_t>(block), malloc_usable_size(block), memory_state::fresh);
  return block;
}

void release_block(void* block, const void* pc) {
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  if (is_freed(address)) fail(ending::use_after_free, "double free", pc);
  // Freeing is a write to all of the block: an unordered earlier access is a race.
  const std::size_t size = malloc_usable_size(block);
  record_access(address, size, access::plain_write, current->id, current->clock, pc);
  if (size > quarantined_max_bytes) return __libc_free(block);
  set_memory(address, size, memory_state::freed);
  void*& oldest = quarantine[quarantine_next++ % quarantine_blocks];
  void* reusable = oldest;
  oldest = block;
  __libc_free(reusable);
}

}  // namespace
}  // namespace heddle::runtime

using namespace heddle::runtime;

HEDDLE_HOOK void* malloc(std::size_t size) noexcept {
  return allocated(__libc_malloc(size));
}
HEDDLE_HOOK void* calloc(std::size_t count, std::size_t size) noexcept {
  return allocated(__libc_calloc(count, size));
}
HEDDLE_HOOK void* memalign(std::size_t alignment, std::size_t size) noexcept {
  return allocated(__libc_memalign(alignment, size));
}
HEDDLE_HOOK void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return allocated(__libc_memalign(alignment, size));
}
HEDDLE_HOOK int posix_memalign(void** block, std::size_t alignment, std::size_t size) noexcept {
  void* found = allocated(__libc_memalign(alignment, size));
  if (found == nullptr) return ENOMEM;
  *block = found;
  return 0;
}
HEDDLE_HOOK void free(void* block) noexcept {
  if (block != nullptr && watching()) return release_block(block, HEDDLE_CALLER);
  __libc_free(block);
}
HEDDLE_HOOK void* realloc(void* block, std::size_t size) noexcept {
  if (!watching() || block == nullptr) return allocated(__libc_realloc(block, size));
  void* grown = malloc(size);
  if (grown == nullptr) return nullptr;
  const std::size_t old_size = malloc_usable_size(block);
  std::memcpy(grown, block, old_size < size ? old_size : size);
  release_block(block, HEDDLE_CALLER);
  return grown;
}
