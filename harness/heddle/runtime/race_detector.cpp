#include <cstring>

#include <sys/mman.h>

#include <heddle/runtime/race_detector.hpp>
#include <heddle/runtime/real.hpp>

// Where the coverage counters of a .fuzz build are (set by the linker; absent elsewhere). Clang updates them
// with plain accesses that it instruments like the component's.
extern "C" {
[[gnu::weak]] extern char __start___sancov_cntrs[];
[[gnu::weak]] extern char __stop___sancov_cntrs[];
}

namespace heddle::runtime {
namespace {

bool counts_coverage(std::uintptr_t address) {
  return address >= reinterpret_cast<std::uintptr_t>(__start___sancov_cntrs) &&
         address < reinterpret_cast<std::uintptr_t>(__stop___sancov_cntrs);
}

// --- Epochs: who, when, atomically or not

using epoch = std::uint32_t;  // thread: 6 bits, clock: 25 bits, atomic: 1 bit; 0 = none

constexpr std::uint32_t shared_readers =
    63;  // in the place of the thread: the rest is an index into read_vectors
static_assert(max_threads <= 64);

epoch make_epoch(thread_id thread, const vector_clock& now, bool atomic) {
  return static_cast<epoch>(thread) << 26 | (now.at[thread] & 0x1ffffff) << 1 | static_cast<epoch>(atomic);
}
std::uint32_t thread_of(epoch e) {
  return e >> 26;
}
std::uint32_t clock_of(epoch e) {
  return e >> 1 & 0x1ffffff;
}
bool is_atomic(epoch e) {
  return (e & 1) != 0;
}
bool happened_before(epoch e, const vector_clock& now) {
  return clock_of(e) <= now.at[thread_of(e)];
}

// --- Shadow memory

struct cell {
  epoch write;
  epoch read;
  const void* write_pc;
  const void* read_pc;
};

// Eight bytes of the component's memory.
struct granule {
  cell whole;         // of the bytes in `mask`, while there is no split
  std::uint8_t mask;  // invariant: 0 while nothing was accessed or after a split
  std::uint8_t freed;
  std::uint16_t generation;  // of an earlier schedule: the granule counts as empty
  std::uint32_t split;       // 1-based index of eight one-byte cells, or 0
};
static_assert(sizeof(granule) == 32);

constexpr std::size_t page_bytes = 4096;
constexpr std::size_t granules_per_page = page_bytes / 8;

struct page {
  granule granules[granules_per_page];
};

struct split_cells {
  cell byte[8];
};

// Concurrent readers of one cell, by thread; `pc` is set where `epochs` is not 0.
struct read_vector {
  vector_clock epochs;
  const void* pc[max_threads];
};

constexpr std::uint32_t splits_max = 1 << 16;
constexpr std::uint32_t read_vectors_max = 1 << 16;
constexpr std::size_t directory_entries = 1 << 14;
constexpr std::size_t pages_per_entry = 1 << 21;

page** directory[directory_entries];
struct cached_page {
  std::uintptr_t number;
  page* where;
} page_cache[256];

split_cells* splits;
read_vector* read_vectors;
std::uint32_t splits_used;
std::uint32_t read_vectors_used;
std::uint16_t generation;
race_report report_race;

struct reported_pair {
  const void* first;
  const void* second;
};
constexpr std::size_t reported_max = 64;
reported_pair reported[reported_max];
std::size_t reported_count;

void* reserve(std::size_t bytes) {
  void* memory =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) give_up("no memory for the race detector");
  return memory;
}

page* find_page_slowly(std::uintptr_t number) {
  page**& pages = directory[number >> 21 & (directory_entries - 1)];
  if (pages == nullptr) pages = static_cast<page**>(reserve(pages_per_entry * sizeof(page*)));
  page*& found = pages[number & (pages_per_entry - 1)];
  if (found == nullptr) found = static_cast<page*>(reserve(sizeof(page)));
  page_cache[number & 255] = {number, found};
  return found;
}

page* existing_page(std::uintptr_t number) {
  page** pages = directory[number >> 21 & (directory_entries - 1)];
  return pages == nullptr ? nullptr : pages[number & (pages_per_entry - 1)];
}

inline granule& granule_at(std::uintptr_t address) {
  const std::uintptr_t number = address / page_bytes;
  const cached_page& cached = page_cache[number & 255];
  page* p = cached.number == number && cached.where != nullptr ? cached.where : find_page_slowly(number);
  granule& g = p->granules[address / 8 % granules_per_page];
  if (g.generation != generation) [[unlikely]] {
    std::memset(&g, 0, sizeof g);
    g.generation = generation;
  }
  return g;
}

// The shadow of earlier schedules carries a 16-bit generation; before it wraps, everything is wiped.
void wipe_all_pages() {
  for (page** pages : directory) {
    if (pages == nullptr) continue;
    for (std::size_t i = 0; i < pages_per_entry; ++i)
      if (pages[i] != nullptr) std::memset(pages[i], 0, sizeof(page));
  }
}

// --- FastTrack

struct accessing {
  std::uintptr_t address;
  std::size_t size;
  epoch now;
  const vector_clock& clock;
  const void* pc;
  bool atomic;
};

void report(const accessing& a, bool write, epoch earlier, const void* earlier_pc, bool earlier_write) {
  if (counts_coverage(a.address)) return;
  for (std::size_t i = 0; i < reported_count; ++i)
    if (reported[i].first == earlier_pc && reported[i].second == a.pc) return;
  if (reported_count == reported_max) return;
  reported[reported_count++] = {earlier_pc, a.pc};
  report_race({a.address, static_cast<std::uint32_t>(a.size), static_cast<thread_id>(thread_of(earlier)),
               static_cast<thread_id>(thread_of(a.now)), earlier_write, write, earlier_pc, a.pc});
}

bool races(epoch earlier, const accessing& a) {
  return earlier != 0 && !happened_before(earlier, a.clock) && !(a.atomic && is_atomic(earlier));
}

void check_reads(const cell& c, const accessing& a) {
  if (thread_of(c.read) != shared_readers) {
    if (races(c.read, a)) report(a, true, c.read, c.read_pc, false);
    return;
  }
  const read_vector& readers = read_vectors[c.read & 0x3ffffff];
  for (std::uint32_t t = 0; t < clock_width; ++t) {
    const epoch read = readers.epochs.at[t];
    if (read != 0 && races(read, a)) report(a, true, read, readers.pc[t], false);
  }
}

void on_write(cell& c, const accessing& a) {
  if (races(c.write, a)) report(a, true, c.write, c.write_pc, true);
  if (c.read != 0) check_reads(c, a);
  // A plain write stays in view behind an atomic one of the same moment: it alone can race with other
  // atomics.
  const bool keep_plain = c.write != 0 && !is_atomic(c.write) && (c.write | 1) == a.now;
  c = {keep_plain ? c.write : a.now, 0, keep_plain ? c.write_pc : a.pc, nullptr};
}

void on_read(cell& c, const accessing& a) {
  if (races(c.write, a)) report(a, false, c.write, c.write_pc, true);
  const bool shared = thread_of(c.read) == shared_readers && c.read != 0;
  if (!shared && (c.read == 0 || thread_of(c.read) == thread_of(a.now) || happened_before(c.read, a.clock))) {
    if (c.read != 0 && !is_atomic(c.read) && (c.read | 1) == a.now)
      return;  // keep the plain read in view likewise
    c.read = a.now;
    c.read_pc = a.pc;
    return;
  }
  if (!shared) {
    if (read_vectors_used + 1 >= read_vectors_max) return;  // precision is lost, no false alarm is made
    read_vector& readers = read_vectors[++read_vectors_used];
    readers.epochs.clear();
    readers.epochs.at[thread_of(c.read)] = c.read;
    readers.pc[thread_of(c.read)] = c.read_pc;
    c.read = shared_readers << 26 | read_vectors_used;
  }
  read_vector& readers = read_vectors[c.read & 0x3ffffff];
  readers.epochs.at[thread_of(a.now)] = a.now;
  readers.pc[thread_of(a.now)] = a.pc;
}

inline void on_cell(cell& c, const accessing& a, bool write) {
  // The same again: most accesses of a loop.
  if (write ? c.write == a.now && (c.read == 0 || c.read == a.now) : c.read == a.now) return;
  write ? on_write(c, a) : on_read(c, a);
}

// A byte's own copy of what is known of its granule; concurrent readers of the byte are no longer those of
// its neighbours.
cell own_copy(const cell& whole) {
  cell c = whole;
  if (c.read == 0 || thread_of(c.read) != shared_readers) return c;
  if (read_vectors_used + 1 >= read_vectors_max) {
    c.read = 0;
  } else {
    read_vectors[++read_vectors_used] = read_vectors[whole.read & 0x3ffffff];
    c.read = shared_readers << 26 | read_vectors_used;
  }
  return c;
}

void split(granule& g) {
  if (splits_used + 1 >= splits_max) {
    g.whole = {};  // out of room: forget instead of raising a false alarm
    return;
  }
  split_cells& bytes = splits[++splits_used];
  for (int i = 0; i < 8; ++i) bytes.byte[i] = (g.mask >> i & 1) != 0 ? own_copy(g.whole) : cell{};
  g.split = splits_used;
  g.whole = {};
}

void on_granule(granule& g, std::uint8_t mask, const accessing& a, bool write) {
  if (g.split == 0) {
    if (g.mask == mask || g.mask == 0) [[likely]] {
      g.mask = mask;
      on_cell(g.whole, a, write);
      return;
    }
    split(g);
    g.mask = g.split == 0 ? mask : 0;
    if (g.split == 0) return on_cell(g.whole, a, write);
  }
  split_cells& bytes = splits[g.split];
  for (int i = 0; i < 8; ++i)
    if ((mask >> i & 1) != 0) on_cell(bytes.byte[i], a, write);
}

}  // namespace

void forget_accesses(race_report report_to) {
  if (splits == nullptr) {
    splits = static_cast<split_cells*>(reserve(splits_max * sizeof(split_cells)));
    read_vectors = static_cast<read_vector*>(reserve(read_vectors_max * sizeof(read_vector)));
  }
  report_race = report_to;
  splits_used = read_vectors_used = 0;
  reported_count = 0;
  if (++generation == 0) {
    wipe_all_pages();
    generation = 1;
  }
}

bool record_access(std::uintptr_t address, std::size_t size, access kind, thread_id thread,
                   const vector_clock& now, const void* pc) {
  const bool write = kind == access::plain_write || kind == access::atomic_write;
  const bool atomic = kind == access::atomic_read || kind == access::atomic_write;
  const accessing a{address, size, make_epoch(thread, now, atomic), now, pc, atomic};
  while (size > 0) {
    const std::size_t in_granule = 8 - address % 8;
    const std::size_t bytes = size < in_granule ? size : in_granule;
    granule& g = granule_at(address);
    if (g.freed != 0) [[unlikely]]
      return false;
    on_granule(g, static_cast<std::uint8_t>(((1u << bytes) - 1) << address % 8), a, write);
    address += bytes;
    size -= bytes;
  }
  return true;
}

namespace {

void mark_freed(std::uintptr_t address, std::uintptr_t end) {
  for (; address < end; address += 8) {
    granule& g = granule_at(address);
    std::memset(&g, 0, sizeof g);
    g.generation = generation;
    g.freed = 1;
  }
}

// Only where this schedule left something to forget.
void forget(std::uintptr_t address, std::uintptr_t end) {
  while (address < end) {
    const std::uintptr_t page_end = (address / page_bytes + 1) * page_bytes;
    const std::uintptr_t stop = page_end < end ? page_end : end;
    if (page* p = existing_page(address / page_bytes)) {
      for (; address < stop; address += 8) {
        granule& g = p->granules[address / 8 % granules_per_page];
        if (g.generation == generation) std::memset(&g, 0, sizeof g);
      }
    }
    address = stop;
  }
}

}  // namespace

void set_memory(std::uintptr_t address, std::size_t size, memory_state state) {
  const std::uintptr_t end = (address + size) & ~std::uintptr_t{7};
  address = (address + 7) & ~std::uintptr_t{7};
  state == memory_state::freed ? mark_freed(address, end) : forget(address, end);
}

bool is_freed(std::uintptr_t address) {
  return granule_at(address).freed != 0;
}

}  // namespace heddle::runtime
