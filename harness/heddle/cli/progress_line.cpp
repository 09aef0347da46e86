#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include <heddle/cli/progress_line.hpp>
#include <heddle/linearizability/number_text.hpp>

namespace heddle::cli {

progress_line::progress_line(bool wanted) : on_(wanted && isatty(STDERR_FILENO) != 0) {}

void progress_line::show(std::string_view target, std::uint64_t done, std::uint64_t all) {
  if (!on_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  constexpr std::uint64_t cells = 20;
  const std::uint64_t filled = std::min(cells, done * cells / std::max<std::uint64_t>(all, 1));
  std::string bar;
  for (std::uint64_t i = 0; i < cells; ++i) bar += i < filled ? "█" : "░";
  fmt::print(stderr, "\r\x1b[K{} {} {}/{}", bar, target, grouped(done), grouped(all));
  std::fflush(stderr);
}

void progress_line::clear() {
  if (on_) fmt::print(stderr, "\r\x1b[K");
}

}  // namespace heddle::cli
