// Turns what the run-time records, program counters and offsets into objects, into what a person reads in a
// failure: function, file and line, and the name of the member or variable that was touched.
//
// Algorithm. The DWARF debug information of the running executable and of its shared libraries is read
// through elfutils' libdw; each module of debug_info/ says how it does its part. Complexity: the first
// question about a unit (translation unit) is linear in its debug information, the first about a type that no
// scanned unit defines linear in that of the program; each answer is cached, so that asking again costs one
// hash lookup. Deviations: names are shown without template arguments, parameters and anonymous namespaces,
// which g++ and clang spell differently; bit-fields, virtual bases and thread_local variables are not named.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <typeinfo>
#include <vector>

#include <heddle/harness/source_line.hpp>

namespace heddle::harness {

/// Symbols of the running process. Answers depend on the binaries alone, never on where they are loaded.
/// Nothing throws for lack of debug information: the answer is then poorer or empty. One thread asks at a
/// time, and never from a fiber (libdw allocates, locks, reads files and needs a large stack).
class symbols {
 public:
  static symbols& of_this_process();

  symbols(const symbols&) = delete;
  symbols& operator=(const symbols&) = delete;

  /// Where the instruction before the return address `pc` stands. Of the chain of calls inlined there, the
  /// innermost outside the standard library (see in_standard_library); if all are inside, the outermost.
  /// Without debug information the function is the linker's symbol, else module+0xoffset, and file is empty.
  /// The reference stays valid.
  const source_line& locate(const void* pc);

  /// The whole chain inlined at the instruction before `pc`, innermost first, at least one long. Not cached.
  std::vector<source_line> frames(const void* pc);

  /// Path of the member at `offset` bytes into an object of this type: "used_", "buckets_[2].level". Classes
  /// of namespace std are leaves, except std::array (indexed) and std::pair. Base classes are descended
  /// without a name of their own. Of a union's members the first that covers the offset. Padding inside a
  /// member gives the member. Empty if unknown, and empty if several types of this name (in anonymous
  /// namespaces, say) disagree: a wrong name misleads.
  std::string member_at(const std::type_info& type, std::size_t offset);

  /// Name of the static-storage variable that contains this address, with member path:
  /// "demo::registry.count". Empty if none.
  std::string variable_at(const void* address);

 private:
  symbols();
  ~symbols();

  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace heddle::harness
