// Compiled without stack protector: its canary lives in the storage block that the switch replaces.
#include <bit>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>

#include <cxxabi.h>
#include <link.h>
#include <linux/futex.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <heddle/runtime/fiber.hpp>
#include <heddle/runtime/raw_syscall.hpp>
#include <heddle/runtime/real.hpp>

namespace heddle::runtime {
namespace {

constexpr std::size_t page_bytes = 4096;
constexpr std::size_t carrier_stack_bytes = 64 * 1024;

fiber* fibers[max_fibers];
std::uint64_t taken = 0;  // bit per slot
std::uintptr_t root_register = 0;

// The executable's thread_local variables: their initial image and where a block keeps them.
struct storage_image {
  const void* initial = nullptr;
  std::size_t initialised_bytes = 0;
  std::size_t bytes = 0;
  std::ptrdiff_t offset = 0;  // from the thread register
  bool found = false;
} image;

#if defined(__x86_64__)
const bool have_wrfsbase = (getauxval(AT_HWCAP2) & 2) != 0;

std::uintptr_t read_thread_register() {
  std::uintptr_t value;
  asm volatile("mov %%fs:0, %0" : "=r"(value));
  return value;
}

inline void write_thread_register(std::uintptr_t value) {
  if (have_wrfsbase) {
    asm volatile("wrfsbase %0" ::"r"(value) : "memory");
  } else {
    constexpr long arch_set_fs = 0x1002;
    raw_syscall(SYS_arch_prctl, arch_set_fs, static_cast<long>(value));
  }
}
#elif defined(__aarch64__)
std::uintptr_t read_thread_register() {
  std::uintptr_t value;
  asm volatile("mrs %0, tpidr_el0" : "=r"(value));
  return value;
}
inline void write_thread_register(std::uintptr_t value) {
  asm volatile("msr tpidr_el0, %0" ::"r"(value) : "memory");
}
#else
#error "Heddle's fibers are written for x86-64 and AArch64"
#endif

int remember_image(dl_phdr_info* module, std::size_t, void*) {
  for (int i = 0; i < module->dlpi_phnum; ++i) {
    const auto& header = module->dlpi_phdr[i];
    if (header.p_type != PT_TLS || module->dlpi_tls_data == nullptr) continue;
    image.initial = reinterpret_cast<const void*>(module->dlpi_addr + header.p_vaddr);
    image.initialised_bytes = header.p_filesz;
    image.bytes = header.p_memsz;
    image.offset =
        static_cast<char*>(module->dlpi_tls_data) - reinterpret_cast<char*>(read_thread_register());
  }
  return 1;  // the executable comes first; the rest does not matter
}

// Runs on the carrier: announce the block, then sleep for ever. Uses no C library call that may be hooked.
void* park(void* ready) {
  const std::uint64_t all_signals = ~std::uint64_t{0};
  raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, reinterpret_cast<long>(&all_signals), 0, sizeof all_signals);
  auto* flag = static_cast<int*>(ready);
  __atomic_store_n(flag, 1, __ATOMIC_RELEASE);
  raw_syscall(SYS_futex, reinterpret_cast<long>(flag), FUTEX_WAKE_PRIVATE, 1);
  static int never = 0;
  for (;;) raw_syscall(SYS_futex, reinterpret_cast<long>(&never), FUTEX_WAIT_PRIVATE, 0);
}

void start_carrier(fiber& f) {
  static int ready;
  ready = 0;
  // pthread_create looks at the caller's own block: it must be a real one.
  const std::uintptr_t caller = read_thread_register();
  write_thread_register(root_register);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, carrier_stack_bytes);
  HEDDLE_REAL(pthread_create)(&f.carrier, &attributes, park, &ready);
  pthread_attr_destroy(&attributes);
  while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE) == 0)
    raw_syscall(SYS_futex, reinterpret_cast<long>(&ready), FUTEX_WAIT_PRIVATE, 0);
  write_thread_register(caller);
  f.thread_register = static_cast<std::uintptr_t>(f.carrier);  // glibc: pthread_t is the block's address
}

void map_stack(fiber& f) {
  void* memory = mmap(nullptr, guard_bytes + stack_bytes + page_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) give_up("no memory for a fiber's stack");
  mprotect(memory, guard_bytes, PROT_NONE);
  f.stack = static_cast<char*>(memory) + guard_bytes;
  madvise(f.stack, stack_bytes, MADV_NOHUGEPAGE);
}

void reset_storage(const fiber& f) {
  if (image.bytes == 0) return;
  auto* block = reinterpret_cast<char*>(f.thread_register) + image.offset;
  std::memcpy(block, image.initial, image.initialised_bytes);
  std::memset(block + image.initialised_bytes, 0, image.bytes - image.initialised_bytes);
}

// A fiber abandoned inside a catch block leaves the C++ run-time's two words of exception state behind; errno
// is zero in a new thread.
void reset_library_state(const fiber& f) {
  char* const here = reinterpret_cast<char*>(read_thread_register());
  static const std::ptrdiff_t exceptions = reinterpret_cast<char*>(abi::__cxa_get_globals()) - here;
  static const std::ptrdiff_t error_number = reinterpret_cast<char*>(&errno) - here;
  char* const block = reinterpret_cast<char*>(f.thread_register);
  std::memset(block + exceptions, 0, 2 * sizeof(void*));
  std::memset(block + error_number, 0, sizeof errno);
}

fiber* make_fiber(std::uint32_t slot) {
  void* memory = mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) give_up("no memory for a fiber");
  fiber* f = new (memory) fiber;
  f->slot = slot;
  map_stack(*f);
  start_carrier(*f);
  return f;
}

// Tops differ from slot to slot so that hot frames do not fight for the same cache sets.
std::size_t colour_of(std::uint32_t slot) {
  constexpr std::uint32_t line = 64;
  constexpr std::uint32_t lines_per_page = page_bytes / line;
  return line + slot * 17 % (lines_per_page - 1) * line;
}

}  // namespace

bool fiber::guards(const void* address) const {
  const char* a = static_cast<const char*>(address);
  return stack != nullptr && a >= stack - guard_bytes && a < stack + 256;
}

fiber* acquire_fiber(void (*entry)(boost::context::detail::transfer_t)) {
  if (!image.found) {
    dl_iterate_phdr(remember_image, nullptr);
    image.found = true;
  }
  const auto slot = static_cast<std::uint32_t>(std::countr_one(taken));
  if (fibers[slot] == nullptr) fibers[slot] = make_fiber(slot);
  taken |= std::uint64_t{1} << slot;
  fiber* f = fibers[slot];
  reset_storage(*f);
  reset_library_state(*f);
  const std::size_t usable = stack_bytes - colour_of(slot);
  f->context = boost::context::detail::make_fcontext(f->stack + usable, usable, entry);
  return f;
}

void release_fiber(fiber* f) {
  taken &= ~(std::uint64_t{1} << f->slot);
}

void discard_fiber(fiber* f) {
  // Each one discarded keeps its pthread and stack; who crashes that often shares the risk.
  constexpr int discards_max = 100;
  static int discards = 0;
  release_fiber(f);
  if (++discards <= discards_max) fibers[f->slot] = nullptr;
}

void adopt_thread(fiber& root) {
  root.thread_register = root_register = read_thread_register();
}

void switch_fiber(fiber& from, fiber& to) {
  write_thread_register(to.thread_register);
  const auto back = boost::context::detail::jump_fcontext(to.context, &from);
  static_cast<fiber*>(back.data)->context = back.fctx;
}

memory_range storage_of(const fiber& f) {
  return {f.thread_register + static_cast<std::uintptr_t>(image.offset), image.bytes};
}

}  // namespace heddle::runtime
