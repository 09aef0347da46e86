// Rights (tickets, permits) that the calls before the processes start have obtained. They are anybody's: any
// process may use them up, each once, so that a race over two of them needs one call per thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace heddle::contracts {

/// A right and its position among its holder's, in the order of acquisition.
template <class Right>
struct taken_right {
  std::unique_ptr<Right> right;  ///< null: there was none
  std::size_t position = 0;
};

/// The index-th right, counted round, which leaves the others.
template <class Right>
taken_right<Right> take_right(std::vector<std::unique_ptr<Right>>& from, std::size_t index) {
  if (from.empty()) return {};
  const std::size_t position = index % from.size();
  taken_right<Right> taken{std::move(from[position]), position};
  from.erase(from.begin() + static_cast<std::ptrdiff_t>(position));
  return taken;
}

/// At most 64. To be constructed by the thread that makes the first calls, as subjects are.
template <class Right>
class common_rights {
 public:
  /// True in the calls before the processes start and after they have finished.
  bool is_main() const { return std::this_thread::get_id() == main_; }

  /// Only before the processes start.
  void add(std::unique_ptr<Right> right) { rights_.push_back(std::move(right)); }

  /// Before the processes start: as from a list. Later positions stay as they are; then it is the first that
  /// is not used, from the index-th on, counted round.
  taken_right<Right> take(std::size_t index) {
    if (is_main() && used_.load() == 0) return take_right(rights_, index);
    for (std::size_t i = 0; i < rights_.size(); ++i) {
      const std::size_t position = (index + i) % rights_.size();
      const std::uint64_t bit = std::uint64_t{1} << position;
      if ((used_.fetch_or(bit) & bit) == 0) return {std::move(rights_[position]), position};
    }
    return {};
  }

  /// To be called before that which issued them is destroyed.
  void clear() { rights_.clear(); }

 private:
  const std::thread::id main_ = std::this_thread::get_id();
  std::vector<std::unique_ptr<Right>> rights_;
  std::atomic<std::uint64_t> used_ = 0;  // a bit per position
};

}  // namespace heddle::contracts
