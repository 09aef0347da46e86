// A set of ids found by hash, where the owner of the ids decides equality: the memo of the search, interned
// states and memoised transitions are all of this kind.
//
// Open addressing with linear probing, load at most 1/2. clear() is O(1): slots of an older generation count
// as free.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace heddle::linearizability {

class probe_table {
 public:
  static constexpr std::uint32_t absent = std::numeric_limits<std::uint32_t>::max();

  /// The id with this hash for which same(id) holds, or `absent`.
  template <class Same>
  std::uint32_t find(std::uint64_t hash, Same&& same) const {
    if (slots_.empty()) return absent;
    for (std::size_t at = hash & mask(); slots_[at].generation == generation_; at = (at + 1) & mask()) {
      if (slots_[at].hash == hash && same(slots_[at].id)) return slots_[at].id;
    }
    return absent;
  }

  /// Precondition: the id is not in the table.
  void insert(std::uint64_t hash, std::uint32_t id) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    place(hash, id);
    ++size_;
  }

  void clear() {
    size_ = 0;
    if (++generation_ != 0) return;
    slots_.assign(slots_.size(), {});
    generation_ = 1;
  }

 private:
  struct slot {
    std::uint64_t hash = 0;
    std::uint32_t id = 0;
    std::uint32_t generation = 0;  ///< the slot is free unless this is the table's
  };

  std::size_t mask() const { return slots_.size() - 1; }

  void place(std::uint64_t hash, std::uint32_t id) {
    std::size_t at = hash & mask();
    while (slots_[at].generation == generation_) at = (at + 1) & mask();
    slots_[at] = {hash, id, generation_};
  }

  void grow() {
    std::vector<slot> old(slots_.empty() ? 64 : 2 * slots_.size());
    old.swap(slots_);
    for (const slot& s : old) {
      if (s.generation == generation_) place(s.hash, s.id);
    }
  }

  std::vector<slot> slots_;
  std::size_t size_ = 0;
  std::uint32_t generation_ = 1;  ///< never 0, so that fresh slots are free
};

}  // namespace heddle::linearizability
