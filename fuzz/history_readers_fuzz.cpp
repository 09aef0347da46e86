// The readers and the models under libFuzzer, with AddressSanitizer and UndefinedBehaviorSanitizer:
// operations or a history_error, nothing else. The first byte chooses the format and the model.
#include <cstdint>
#include <sstream>

#include <heddle/recorded/models/models.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace heddle::recorded;
  if (size == 0) return 0;
  std::istringstream in(std::string(reinterpret_cast<const char*>(data + 1), size - 1));
  try {
    history_reader reader(in, "h", static_cast<format>(data[0] % 4));
    history h = read_history(reader);
    judge(models()[data[0] / 4 % models().size()], h, {.steps_max = 1'000});
  } catch (const history_error&) {
  }
  return 0;
}
